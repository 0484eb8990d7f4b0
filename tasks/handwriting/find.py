"""Find the digits of a page by connected components, in reading order."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from tasks.handwriting.ink import Ink

JOIN = 0.12  # parts of one digit lie nearer than this, in parts of a digit's size
REACH = 0.25  # and small parts, such as the bar of a 5, nearer than this
SMALL = 0.5  # of a digit's size
INSIDE = 0.5  # of a part's box that lies within another's: both are one digit
SPECK = 0.2  # of a digit's size: smaller and alone, it is dirt
DOT = 0.07  # side of a square of ink, in parts of a digit's size: less ink is noise
LEAST_SIDE = 3  # pixels
SAME_LINE = 0.5  # two digits of one line overlap in height by this share of the lower one


class Box(NamedTuple):
    """Where something lies, in pixels; right and bottom are not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> int:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)


class Found(NamedTuple):
    """One digit: its box, and which pixels of the box are its ink, bool (height, width)."""

    box: Box
    is_ink: np.ndarray


def find_digits(ink: Ink, *, is_one: bool) -> list[Found]:
    """Return the digits of an image, line by line from the left.

    Parameters
    ----------
    ink : Ink
    is_one : bool
        Whether all ink is one digit, as in an image that is hardly larger than the training
        images; else each connected piece is one, with the small parts near it.
    """
    labels = _joined_labels(ink.is_ink, is_one=is_one)
    found = [
        Found(_box(place), labels[place] == number)
        for number, place in enumerate(ndimage.find_objects(labels), start=1)
        if place is not None
    ]
    return in_reading_order([each for each in found if each.box.size >= LEAST_SIDE])


def in_reading_order(found: list[Found]) -> list[Found]:
    """Order digits by lines from the top, and each line from the left."""
    lines: list[list[Found]] = []
    for each in sorted(found, key=lambda each: each.box.top + each.box.bottom):
        if lines and _overlap(lines[-1][-1].box, each.box) >= SAME_LINE:
            lines[-1].append(each)
        else:
            lines.append([each])
    return [each for line in lines for each in sorted(line, key=lambda each: each.box.left)]


def _joined_labels(is_ink: np.ndarray, *, is_one: bool) -> np.ndarray:
    """Number the pixels of each digit from 1; 0 is the ground, and what is dirt."""
    parts: np.ndarray
    parts, n_parts = ndimage.label(is_ink, np.ones((3, 3), bool))
    if n_parts == 0:
        return parts
    sizes = np.array([_box(place).size for place in ndimage.find_objects(parts)])
    areas = np.bincount(parts.ravel())[1:]
    if is_one:
        is_dirt = (sizes < SPECK * sizes.max()) & (areas < 0.02 * areas.max())
        one: np.ndarray = (is_ink & ~np.append(False, is_dirt)[parts]).astype(np.int32)
        return one
    usual = _usual_size(sizes, areas)
    kept = np.append(False, areas >= (DOT * usual) ** 2)[parts]
    near = ndimage.maximum_filter(kept, 2 * round(JOIN * usual / 2) + 1)
    groups, _ = ndimage.label(near, np.ones((3, 3), bool))
    joined: np.ndarray = np.where(kept, groups, 0)
    return _with_small_parts(joined, usual)


def _with_small_parts(labels: np.ndarray, usual: float) -> np.ndarray:
    """Give each part to the digit it is near to, if it is small, or lies within; drop dirt."""
    boxes = {
        number: _box(place)
        for number, place in enumerate(ndimage.find_objects(labels), start=1)
        if place is not None
    }
    for number, box in sorted(boxes.items(), key=lambda item: item[1].size):
        is_small = box.size < SMALL * usual
        others = [
            other
            for other, its in boxes.items()
            if other != number
            and (
                _share_inside(box, its) >= INSIDE
                or (is_small and its.size >= SMALL * usual and _gap(its, box) <= REACH * usual)
            )
        ]
        place = labels[box.top : box.bottom, box.left : box.right]
        if others:
            near = min(others, key=lambda other: _gap(boxes[other], box))
            place[place == number] = near
            boxes[near] = _around(boxes.pop(number), boxes[near])
        elif box.size < SPECK * usual:
            place[place == number] = 0
    return labels


def _usual_size(sizes: np.ndarray, areas: np.ndarray) -> float:
    """Return the median size of what is written, each part counted by its ink."""
    order = np.argsort(sizes)
    half = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    return float(sizes[order][half])


def _box(place: tuple[slice, ...]) -> Box:
    rows, columns = place
    return Box(columns.start, rows.start, columns.stop, rows.stop)


def _gap(one: Box, other: Box) -> float:
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))


def _share_inside(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    area = (one.right - one.left) * (one.bottom - one.top)
    return max(across, 0) * max(down, 0) / area


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _overlap(one: Box, other: Box) -> float:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared / min(one.bottom - one.top, other.bottom - other.top)
