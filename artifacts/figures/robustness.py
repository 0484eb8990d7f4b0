"""Accuracy against the strength of a disturbance, and what the disturbances look like."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from artifacts.figures.style import BLUE, GREY, INK, ORANGE, WIDE, new_figure
from tasks.evaluation.records import Interval
from tasks.evidence.records import DisturbedAccuracy, Robustness

# panel title, x label, the kinds in it and the sign each has on the x axis
PANELS: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...] = (
    ("moved sideways", "pixels to the right", (("moved left", -1), ("moved right", 1))),
    ("moved up or down", "pixels down", (("moved up", -1), ("moved down", 1))),
    ("turned", "degrees to the right", (("turned left", -1), ("turned right", 1))),
    ("blurred", "standard deviation, pixels", (("blurred", 1),)),
    ("noisy", "standard deviation, grey levels", (("noisy", 1),)),
)

KINDS_A_ROW = 2


class Line(NamedTuple):
    """How a curve is drawn, what it is found by and what the legend calls it."""

    colour: str
    dashes: str
    gid: str
    name: str


def curve(
    robustness: Robustness, kinds: tuple[tuple[str, int], ...]
) -> list[tuple[float, DisturbedAccuracy]]:
    """Return the scores of one panel from left to right; no disturbance stands once.

    Parameters
    ----------
    kinds : tuple of (kind, sign)
        A strength of a kind of sign -1 lies left of 0.
    """
    signs = dict(kinds)
    points = {
        signs[score.kind] * score.strength + 0.0: score
        for score in robustness.scores
        if score.kind in signs
    }
    return sorted(points.items())


def robustness_figure(robustness: Robustness) -> Figure:
    """Draw accuracy with its 95 % interval for every disturbance, with augmentation and without."""
    figure = new_figure((WIDE[0], 5.0))
    panels = figure.subplots(2, 3).ravel()
    for axes, (title, label, kinds) in zip(panels, PANELS, strict=False):
        points = curve(robustness, kinds)
        x = [at for at, _ in points]
        if robustness.is_compared:
            plain = [score.plain for _, score in points if score.plain is not None]
            _band(axes, x, plain, Line(ORANGE, "--", "plain", "without augmentation"))
        name = "with augmentation" if robustness.is_compared else "the winner"
        line = Line(BLUE, "-", "augmented", name)
        _band(axes, x, [score.augmented for _, score in points], line)
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xlabel(label, fontsize=9)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.25)
    panels[0].set_ylabel("accuracy")
    panels[3].set_ylabel("accuracy")
    panels[5].set_axis_off()
    lines, names = panels[0].get_legend_handles_labels()
    panels[5].legend(lines, names, loc="center", fontsize=9, title="95 % intervals (Wilson)")
    return figure


def disturbed_figure(shown: dict[str, list[tuple[float, np.ndarray]]]) -> Figure:
    """Draw one image under every disturbance: two kinds a row, stronger to the right.

    Parameters
    ----------
    shown : dict of kind -> list of (strength, uint8 array, shape (height, width))
        Each from no disturbance on; that of strength 0 is drawn as well.
    """
    kinds = list(shown.items())
    columns = max(len(images) for _, images in kinds)
    rows = -(-len(kinds) // KINDS_A_ROW)
    height, width = kinds[0][1][0][1].shape
    step_x, step_y, half_x = width * 1.12, height * 1.4, width * (1.12 * columns + 0.4)
    figure = new_figure((WIDE[0], 0.95 * rows + 0.2))
    axes = figure.subplots()  # one sheet for all images: it draws much faster than a panel each
    axes.set_axis_off()
    for place, (kind, images) in enumerate(kinds):
        row, half = divmod(place, KINDS_A_ROW)
        for column, (strength, image) in enumerate(images):
            corner = (half * half_x + column * step_x, row * step_y)
            _framed(axes, image, corner, f"{strength:g}" if strength else kind)
    axes.set_xlim(-0.05 * width, KINDS_A_ROW * half_x - 0.5 * width)
    axes.set_ylim((rows - 1) * step_y + 1.05 * height, -0.35 * height)
    return figure


def _framed(axes: Axes, image: np.ndarray, corner: tuple[float, float], title: str) -> None:
    """Draw an image with its frame, against which a shift shows."""
    left, top = corner
    height, width = image.shape
    axes.imshow(
        image, cmap="gray_r", vmin=0, vmax=255, gid="disturbed",
        extent=(left, left + width, top + height, top),
    )  # fmt: skip
    axes.plot(
        [left, left + width, left + width, left, left],
        [top, top, top + height, top + height, top],
        color=GREY, lw=0.8,
    )  # fmt: skip
    axes.text(left, top - 0.06 * height, title, fontsize=7.5, va="bottom", color=INK)


def _band(axes: Axes, x: list[float], scores: Sequence[Interval], line: Line) -> None:
    low, high = [each.low for each in scores], [each.high for each in scores]
    axes.fill_between(x, low, high, color=line.colour, alpha=0.18, lw=0)
    axes.plot(
        x, [each.value for each in scores], "o", ls=line.dashes, ms=3.5, lw=1.4,
        color=line.colour, label=line.name, gid=line.gid,
    )  # fmt: skip
