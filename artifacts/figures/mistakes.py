"""Figures of mistakes, made of the images themselves on one sheet each, which draws fast."""

from collections.abc import Callable

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.figures.scores import MOST_WITH_RATES, error_rates
from artifacts.figures.style import BLUE, GREY, INK, RUST, WIDE, new_figure, set_names
from tasks.evidence.records import Mistake
from tasks.models.records import Matrix

N_SHOWN = 12
COLUMNS = 2
PER_ROW = 6
PALE = (0.93, 0.95, 0.98)  # the paper of the diagonal


def error_images_figure(
    confusion: Matrix,
    classes: tuple[int, ...],
    examples: dict[tuple[int, int], np.ndarray],
    means: dict[int, np.ndarray],
    called: Callable[[int], str] = str,
) -> Figure:
    """Draw the error grid with an image in every cell: what a 4 taken for a 9 looks like.

    Parameters
    ----------
    confusion : counts, rows true, columns predicted
    classes : tuple of int
    examples : dict of (true, predicted) -> uint8 array, shape (height, width)
        One mistake of each cell that has any.
    means : dict of class -> array, shape (height, width), 0-255
        What stands on the diagonal; classes without one stay blank.
    called : function of a class, returns its name
    """
    counts = np.asarray(confusion)
    height, width = next(iter([*means.values(), *examples.values()])).shape
    rates = error_rates(counts)
    largest = max(float(np.nanmax(rates, initial=0.0, where=np.isfinite(rates))), 1e-9)
    sheet = np.ones((len(classes) * height, len(classes) * width, 3))
    more = 0.1 * max(0, len(classes) - MOST_WITH_RATES)
    figure = new_figure((7.0 + more, 6.6 + more))
    axes = figure.subplots()
    size = 7 if len(classes) <= MOST_WITH_RATES else 4
    for row, true in enumerate(classes):
        for column, predicted in enumerate(classes):
            cell = np.s_[row * height : (row + 1) * height, column * width : (column + 1) * width]
            count = int(counts[row, column])
            if row == column:
                sheet[cell] = _inked(means.get(true), PALE, strength=0.45, like=height)
                continue
            tint = colormaps["Oranges"](0.75 * rates[row, column] / largest)[:3]
            tint = tint if count else (1.0, 1.0, 1.0)
            sheet[cell] = _inked(examples.get((true, predicted)), tint, strength=1.0, like=height)
            if count:
                axes.text(
                    (column + 1) * width - 1.2, row * height, f"{count}", fontsize=size,
                    ha="right", va="top", color=INK, gid="count",
                )  # fmt: skip
    axes.imshow(sheet, gid="error-images", interpolation="nearest")
    for place in range(len(classes) + 1):
        axes.axhline(place * height - 0.5, color="white", lw=1.5)
        axes.axvline(place * width - 0.5, color="white", lw=1.5)
    names = tuple(called(each) for each in classes)
    middles = np.arange(len(classes)) + 0.5
    set_names(axes.xaxis, middles * width - 0.5, names)
    set_names(axes.yaxis, middles * height - 0.5, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="taken for", ylabel="true class")
    return figure


def _inked(
    image: np.ndarray | None, tint: tuple[float, ...], *, strength: float, like: int
) -> np.ndarray:
    """Return an image in black ink on tinted paper, float (height, width, 3) in [0, 1]."""
    ink = np.zeros((like, 1)) if image is None else strength * image / 255
    inked: np.ndarray = np.asarray(tint) * (1 - ink[..., np.newaxis])
    return inked


def neighbours_figure(
    mistakes: tuple[Mistake, ...],
    images: np.ndarray,
    neighbours: np.ndarray,
    called: Callable[[int], str] = str,
) -> Figure:
    """Draw mistakes, each beside the training images nearest to it, named by their labels.

    Parameters
    ----------
    mistakes : tuple of Mistake, length n
    images : uint8 array, shape (n, height, width)
    neighbours : uint8 array, shape (n, n_neighbours, height, width)
    """
    figure = new_figure((WIDE[0], 0.6 + 1.0 * -(-len(mistakes) // COLUMNS)))
    axes = figure.subplots()
    axes.set_axis_off()
    if not mistakes:
        return say_instead(figure, axes, "no mistakes")
    height, width = images.shape[1:]
    step_x, step_y = width * 1.1, height * 1.45
    n_neighbours = neighbours.shape[1]
    for i, mistake in enumerate(mistakes):
        row, column = divmod(i, COLUMNS)
        left, top = column * (n_neighbours + 2.1) * step_x, row * step_y
        heading = f"{called(mistake.true)} taken for {called(mistake.predicted)}"
        place_image(axes, images[i], (left, top), heading, INK)
        for k in range(n_neighbours):
            label = mistake.neighbour_labels[k]
            colour = {mistake.true: BLUE, mistake.predicted: RUST}.get(label, GREY)
            place_image(
                axes, neighbours[i, k], (left + (k + 1.5) * step_x, top), called(label), colour
            )
    rows = -(-len(mistakes) // COLUMNS)
    columns = min(len(mistakes), COLUMNS)
    axes.set_xlim(-0.2 * width, columns * (n_neighbours + 2.1) * step_x)
    axes.set_ylim((rows - 1) * step_y + 1.1 * height, -0.45 * height)
    return fitted(figure, axes)


def suspects_figure(
    mistakes: tuple[Mistake, ...], images: np.ndarray, called: Callable[[int], str] = str
) -> Figure:
    """Draw images whose label may be wrong, with what the label, model and neighbours say.

    Parameters
    ----------
    mistakes : tuple of Mistake, length n
    images : uint8 array, shape (n, height, width)
    """
    rows = max(-(-len(mistakes) // PER_ROW), 1)
    figure = new_figure((WIDE[0], 0.3 + 1.75 * rows))
    axes = figure.subplots()
    axes.set_axis_off()
    if not mistakes:
        return say_instead(figure, axes, "no label is suspected")
    height, width = images.shape[1:]
    for i, (mistake, image) in enumerate(zip(mistakes, images, strict=True)):
        row, column = divmod(i, PER_ROW)
        label, rather = called(mistake.true), called(mistake.predicted)
        text = f"no. {mistake.index}\nlabelled {label}, rather {rather}?"
        place_image(axes, image, (column * width * 1.35, row * height * 1.5), text, INK)
    axes.set_xlim(-0.25 * width, PER_ROW * width * 1.35)
    axes.set_ylim((rows - 1) * height * 1.5 + 1.1 * height, -0.6 * height)
    return fitted(figure, axes)


def fitted(figure: Figure, axes: Axes) -> Figure:
    """Give a figure of one sheet the height of the sheet, so that no paper is left over."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    width = figure.get_figwidth()
    figure.set_figheight(width * abs(top - bottom) / abs(right - left) + 0.1)
    return figure


def place_image(
    axes: Axes, image: np.ndarray, corner: tuple[float, float], text: str, colour: str
) -> None:
    """Draw an image in a frame at its upper left corner, with a text above it."""
    left, top = corner
    height, width = image.shape
    axes.imshow(
        image, cmap="gray_r", vmin=0, vmax=255, extent=(left, left + width, top + height, top)
    )
    axes.plot(
        [left, left + width, left + width, left, left],
        [top, top, top + height, top + height, top],
        color=colour,
        lw=1,
    )
    axes.text(
        left + width / 2, top - 0.05 * height, text,
        ha="center", va="bottom", fontsize=7.5, color=colour, gid="heading",
    )  # fmt: skip


def say_instead(figure: Figure, axes: Axes, text: str) -> Figure:
    """Say in the middle of empty axes why there is nothing to see."""
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, transform=axes.transAxes)
    return figure
