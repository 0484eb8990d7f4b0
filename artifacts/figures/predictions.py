"""Figures of a person's own images: where a digit was found, what the model saw, its answer."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from artifacts.figures.class_names import drawable
from artifacts.figures.style import BLUE, GREY, INK, RUST, WIDE, new_figure

COLUMNS = 4
CONTEXT = 0.6  # of a box around it that is shown of the original
PAGE_SIDE = 900  # pixels of a page that are drawn
SIDE = 96  # and of an original beside what was seen of it
NAME_LENGTH = 22
GAP = 0.15  # between images of the answers, as a share of their height

Box = tuple[int, int, int, int]  # left, top, right, bottom


class Seen(NamedTuple):
    """A digit to show: the part of the original around its box, and what the model saw.

    `box` is in the pixels of `original`, uint8 (height, width); `seen` has ink bright or dark as
    the training images; `text` stands above and `name` below.
    """

    original: np.ndarray
    box: Box
    seen: np.ndarray
    text: str
    name: str


def surroundings(grey: np.ndarray, box: Box) -> tuple[np.ndarray, Box]:
    """Cut a digit out of its image with some of what is around; return it and the box in it."""
    left, top, right, bottom = box
    margin = round(CONTEXT * max(right - left, bottom - top) / 2) + 1
    x, y = max(left - margin, 0), max(top - margin, 0)
    part = grey[y : bottom + margin, x : right + margin]
    return part, (left - x, top - y, right - x, bottom - y)


def gallery_figure(digits: list[Seen], *, is_ink_bright: bool) -> Figure:
    """Draw digits side by side: the original with its box, then what the model saw."""
    rows = max(1, -(-len(digits) // COLUMNS))
    figure = new_figure((WIDE[0], 0.2 + 1.35 * rows))
    grid = figure.subplots(rows, 2 * COLUMNS, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    shades = "gray_r" if is_ink_bright else "gray"
    for i, each in enumerate(digits):
        row, column = divmod(i, COLUMNS)
        beside, seen = grid[row, 2 * column : 2 * column + 2]
        small, scale = _small(each.original, SIDE)
        beside.imshow(small, cmap="gray", vmin=0, vmax=255)
        _frame(beside, each.box, scale, RUST)
        seen.imshow(each.seen, cmap=shades)
        # over both pictures, from the left: there is room for a sentence
        beside.set_title(each.text, loc="left", fontsize=7.5, color=INK, parse_math=False)
        name = each.name if len(each.name) <= NAME_LENGTH else f"…{each.name[-NAME_LENGTH:]}"
        beside.text(
            0, -0.06, drawable(name), transform=beside.transAxes, va="top", fontsize=5.5,
            color=GREY, parse_math=False,
        )  # fmt: skip
    return figure


def answers_figure(
    by_class: dict[str, list[np.ndarray]], per_class: int, *, is_ink_bright: bool
) -> Figure:
    """Draw what the model saw of the answered digits, a row for each answer."""
    height, width = next(iter(by_class.values()))[0].shape
    ground = 0 if is_ink_bright else max(int(e.max()) for each in by_class.values() for e in each)
    gap = max(1, round(GAP * height))
    down, right = height + gap, width + gap
    sheet = np.full((len(by_class) * down - gap, per_class * right - gap), ground, np.uint8)
    for row, images in enumerate(by_class.values()):
        for column, image in enumerate(images[:per_class]):
            y, x = row * down, column * right
            sheet[y : y + height, x : x + width] = image
    figure = new_figure((WIDE[0], 0.4 + 0.55 * len(by_class)))
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray_r" if is_ink_bright else "gray", gid="answers")
    axes.set_yticks([row * down + height / 2 for row in range(len(by_class))], by_class)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_ylabel("answer")
    axes.spines[:].set_visible(False)
    return figure


def page_figure(
    grey: np.ndarray, boxes: list[Box], answers: list[str], *, held: list[bool]
) -> Figure:
    """Draw a page with a box around each digit that was found, and the answer above it."""
    small, scale = _small(grey, PAGE_SIDE)
    figure = new_figure((WIDE[0], WIDE[0] * small.shape[0] / small.shape[1]))
    axes = figure.subplots()
    axes.imshow(small, cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()
    for box, answer, is_held in zip(boxes, answers, held, strict=True):
        colour = RUST if is_held else BLUE
        _frame(axes, box, scale, colour)
        axes.text(box[0] * scale, box[1] * scale - 3, answer, fontsize=8, color=colour, va="bottom")
    return figure


def _small(grey: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    scale = min(1.0, side / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX)), scale


def _frame(axes: object, box: Box, scale: float, colour: str) -> None:
    left, top, right, bottom = (side * scale - 0.5 for side in box)
    axes.add_patch(  # type: ignore[attr-defined]
        Rectangle((left, top), right - left, bottom - top, fill=False, color=colour, lw=1)
    )
