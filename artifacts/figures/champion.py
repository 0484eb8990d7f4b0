"""Figures of champion and challenger: their scores, and the images that tell them apart."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from artifacts.figures.mistakes import place_image, say_instead
from artifacts.figures.style import BLUE, GREY, INK, WIDE, new_figure
from tasks.evaluation.records import Evaluation

COLUMNS, ROWS = 8, 3
N_SHOWN = COLUMNS * ROWS


def both_scores_figure(
    champion: Evaluation,
    challenger: Evaluation,
    titles: tuple[str, str] = ("champion", "this run"),
) -> Figure:
    """Draw both models' scores with their 95 % intervals, and the goal."""
    figure = new_figure((WIDE[0], 3.0))
    axes = figure.subplots()
    names = list(challenger.headline)
    rows = np.arange(len(names))
    for evaluation, name, colour, lift in (
        (champion, titles[0], GREY, -0.14),
        (challenger, titles[1], BLUE, 0.14),
    ):
        found = list(evaluation.headline.values())
        axes.hlines(
            rows + lift,
            [each.low for each in found],
            [each.high for each in found],
            color=colour,
            lw=3,
            alpha=0.45,
        )
        axes.plot(
            [each.value for each in found],
            rows + lift,
            "o",
            color=colour,
            label=f"{name}",
            gid=f"scores-{name.replace(' ', '-')}",
        )
        for row, each in zip(rows + lift, found, strict=True):
            axes.annotate(
                f"{each.value:.2%}",
                (each.high, row),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=colour,
            )
    axes.axvline(challenger.goal, color=INK, lw=1, ls="--", label=f"goal {challenger.goal:.1%}")
    axes.set_yticks(rows, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper left", ncols=3, frameon=False)
    return figure


def changed_images_figure(  # noqa: PLR0913 - the images, and how each is shown
    images: np.ndarray,
    true: np.ndarray,
    mistaken_for: np.ndarray,
    *,
    colour: str,
    wording: str,
    called: Callable[[int], str] = str,
) -> Figure:
    """Draw test images on which just one of two models is right.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
        Drawn up to `N_SHOWN`.
    true, mistaken_for : int arrays, shape (n,)
        The true class, and the class that the model which is wrong takes it for.
    colour : str
        Of the frames.
    wording : str
        Names each image; ``{true}`` and ``{said}`` are filled in.
    called : function of a class, returns its name
    """
    shown = min(len(images), N_SHOWN)
    rows = max(-(-shown // COLUMNS), 1)
    figure = new_figure((WIDE[0], 0.25 + 1.25 * rows))
    axes = figure.subplots()
    axes.set_axis_off()
    if not shown:
        return say_instead(figure, axes, "none")
    height, width = images.shape[1:]
    step_x, step_y = width * 1.2, height * 1.5
    for i in range(shown):
        row, column = divmod(i, COLUMNS)
        text = wording.format(true=called(true[i]), said=called(mistaken_for[i]))
        place_image(axes, images[i], (column * step_x, row * step_y), text, colour)
    axes.set_xlim(-0.1 * width, COLUMNS * step_x)
    axes.set_ylim((rows - 1) * step_y + 1.1 * height, -0.45 * height)
    return figure
