"""Figures made of the images themselves: samples, shifted copies, mistakes."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.figures.style import GREY, INK, ORANGE, RUST, SQUARE, WIDE, new_figure

PER_CLASS = 12


def sample_grid_figure(
    images: np.ndarray,
    labels: np.ndarray,
    classes: tuple[int, ...],
    title: str = "The first training images of every class",
    *,
    names: tuple[str, ...],
) -> Figure:
    """Draw the first images of every class, one row a class.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    labels : int array, shape (n,)
    classes : tuple of int
    title : str
        Says which images they are.
    names : tuple of str
        How the classes are called.
    """
    height, width = images.shape[1:]
    sheet = np.zeros((len(classes) * height, PER_CLASS * width), dtype=np.uint8)
    for row, label in enumerate(classes):
        for column, i in enumerate(np.flatnonzero(labels == label)[:PER_CLASS]):
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = (
                images[i]
            )
    figure = new_figure((SQUARE[0], max(SQUARE[1], 0.3 + 0.3 * len(classes))))
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray_r", gid="samples")
    axes.set_yticks([(row + 0.5) * height for row in range(len(classes))], names)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_ylabel("class")
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left")
    return figure


def shifted_figure(variants: np.ndarray, offsets: tuple[tuple[int, int], ...]) -> Figure:
    """Draw one image beside its shifted copies; the marked frame shows where it was.

    Parameters
    ----------
    variants : uint8 array, shape (n_variants, height, width)
    offsets : tuple of (dx, dy) in pixels, +x right and +y down
    """
    figure = new_figure((1.8 * max(len(offsets), 2), 2.4))
    axes_row = figure.subplots(1, len(offsets), squeeze=False)[0]
    ink = np.argwhere(variants[0] > 0)
    top, left = ink.min(axis=0) - 0.5 if len(ink) else (-0.5, -0.5)
    bottom, right = ink.max(axis=0) + 0.5 if len(ink) else (0.5, 0.5)
    for axes, image, (dx, dy) in zip(axes_row, variants, offsets, strict=True):
        _picture(axes, image)
        axes.plot(
            [left, right, right, left, left], [top, top, bottom, bottom, top], color=ORANGE, lw=1
        )
        axes.set_title(_move_name(dx, dy), fontsize=10)
    return figure


def mistakes_figure(  # noqa: PLR0913 - the images, and what each is named by
    images: np.ndarray,
    true: np.ndarray,
    predicted: np.ndarray,
    margins: np.ndarray,
    runners_up: np.ndarray,
    *,
    called: Callable[[int], str] = str,
) -> Figure:
    """Draw misclassified images with both classes, the margin and the runner-up.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    true, predicted, runners_up : int arrays, shape (n,)
        `runners_up` have the second highest score; where that is not the true class it is
        marked.
    margins : float array, shape (n,)
        Score of the predicted class minus score of the true class.
    called : function of a class, returns its name
    """
    figure = new_figure((WIDE[0], 4.9))
    if len(images) == 0:
        axes = figure.subplots()
        axes.text(0.5, 0.5, "no mistakes", ha="center", va="center", color=GREY)
        axes.set_axis_off()
        return figure
    grid = figure.subplots(3, 8, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    # fewer mistakes than places leave places empty
    facts = zip(grid, images, true, predicted, margins, runners_up, strict=False)
    for axes, image, is_, said, margin, second in facts:
        axes.set_axis_on()
        _picture(axes, image)
        axes.set_title(f"{called(is_)} taken for {called(said)}", fontsize=8, color=INK)
        is_third = second != is_
        axes.set_xlabel(
            f"margin {margin:.2g}\n{'then ' if is_third else 'runner-up '}{called(second)}"
            + (f", not {called(is_)}" if is_third else ""),
            fontsize=7,
            color=RUST if is_third else GREY,
        )
    return figure


def _picture(axes: Axes, image: np.ndarray) -> None:
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color("#cccccc")


def _move_name(dx: int, dy: int) -> str:
    if dx == dy == 0:
        return "original"
    direction = ("right" if dx > 0 else "left") if dx else ("down" if dy > 0 else "up")
    return f"{abs(dx) or abs(dy)} px {direction}"
