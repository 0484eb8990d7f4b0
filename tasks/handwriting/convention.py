"""How the images of a training set are laid out: measured on them, not taken for granted."""

import numpy as np
from scipy import ndimage

from tasks.handwriting.records import Convention

N_MEASURED = 1000  # images, spread evenly over the training set
FINER = 4  # strokes are measured on a copy with so many times the pixels


def measure_convention(images: np.ndarray) -> Convention:
    """Measure size, box, centre, grey values and stroke of a set of images.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    """
    chosen = images[:: max(1, len(images) // N_MEASURED)]
    highest = int(chosen.max())
    edge = np.ones(images.shape[1:], bool)
    edge[1:-1, 1:-1] = False
    is_ink_bright = float(np.median(chosen[:, edge])) < highest / 2
    ink = (chosen if is_ink_bright else highest - chosen).astype(np.float32)
    boxes = np.array([ink_box(each > 0.02 * highest) for each in ink if each.max() > 0])
    masses = np.array([ndimage.center_of_mass(each) for each in ink if each.max() > 0])
    middles = (boxes[:, :2] + boxes[:, 2:] - 1) / 2
    is_by_mass = masses.std(axis=0).sum() < middles.std(axis=0).sum()
    centre = np.median(masses if is_by_mass else middles, axis=0)
    height, width = images.shape[1:]
    return Convention(
        height=height,
        width=width,
        box=int(np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1))),
        centred_by="mass" if is_by_mass else "box",
        centre_y=float(centre[0]),
        centre_x=float(centre[1]),
        highest=highest,
        is_ink_bright=is_ink_bright,
        stroke=float(
            np.median([_stroke(each, highest) for each in ink[:: max(1, len(ink) // 200)]])
        ),
    )


def ink_box(is_ink: np.ndarray) -> tuple[int, int, int, int]:
    """Return top, left, bottom, right of the ink; the last two are not included.

    Examples
    --------
    >>> ink_box(np.eye(5, dtype=bool)[:, :3])
    (0, 0, 3, 3)
    """
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def stroke_width(is_ink: np.ndarray) -> float:
    """Return the width of a pen stroke in pixels, from how far its ink lies from the ground.

    Across a stroke of w pixels the distances to the nearest pixel of the ground are 1, 2, ...,
    w / 2, ..., 2, 1: their mean is (w + 2) / 4.
    """
    padded = np.pad(is_ink, 1)
    distance = ndimage.distance_transform_edt(padded)[padded]
    return 4 * float(distance.mean()) - 2 if len(distance) else 0.0


def _stroke(ink: np.ndarray, highest: int) -> float:
    fine = ndimage.zoom(ink, FINER, order=1)
    return stroke_width(fine >= highest / 2) / FINER
