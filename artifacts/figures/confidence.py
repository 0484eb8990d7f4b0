"""Figures of what a model is sure of: thresholds of every class, risk, reliability."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from artifacts.figures.style import GREY, INK, SLATE, STONE, WIDE, candidate_colour, new_figure
from tasks.evaluation.records import Confidence, Reliability
from tasks.selection.records import ClassPoint, EveryClass

LABEL_POINTS = (42, 11)  # width and height of "1234 left" in print of 8 points


class RiskBand(NamedTuple):
    """Error rate against coverage with its interval: four float arrays (n_points,)."""

    coverage: np.ndarray
    risk: np.ndarray
    low: np.ndarray
    high: np.ndarray


def every_class_figure(every: EveryClass, names: tuple[str, ...]) -> Figure:
    """Draw each class's recall at the asked precision, and the folds' own precisions."""
    figure = new_figure((WIDE[0], 1.4 + 0.32 * len(every.points)))
    recalls, folds = figure.subplots(1, 2, sharey=True)
    for row, point in enumerate(every.points):
        colour = candidate_colour(every.candidate)
        _class_row(recalls, folds, row, point, colour)
    folds.axvline(every.target_precision, color=INK, lw=1.5, ls="--", gid="target", label="asked")
    recalls.set_yticks(range(len(every.points)), names)
    recalls.set_ylim(len(every.points) - 0.5, -0.5)
    recalls.set_ylabel("class")
    recalls.set_title(f"recall at {every.target_precision:.0%} precision", loc="left", fontsize=10)
    folds.set_title("precision of that threshold on each fold", loc="left", fontsize=10)
    folds.legend(loc="best", fontsize=8)
    for axes in (recalls, folds):
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(axis="x", alpha=0.25)
    return figure


def _class_row(
    recalls: Axes,
    folds: Axes,
    row: int,
    point: ClassPoint,
    colour: str,
) -> None:
    if point.recall is None:
        recalls.text(
            0.02,
            row,
            "out of reach",
            color=GREY,
            va="center",
            transform=recalls.get_yaxis_transform(),
        )
        return
    recalls.plot(point.recall, row, "o", color=colour, gid="recall")
    known = [each for each in point.fold_precisions if each is not None]
    folds.plot(known, [row] * len(known), "o", color=colour, alpha=0.7, ms=5, gid="fold-precision")


def risk_figure(band: RiskBand, confidence: Confidence) -> Figure:
    """Draw the error rate among the images still answered, from all to the surest few."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    colour = candidate_colour(confidence.candidate)
    axes.fill_between(
        band.coverage, band.low, band.high, color=colour, alpha=0.18, lw=0,
        label="95 % interval (Wilson)",
    )  # fmt: skip
    axes.plot(band.coverage, band.risk, color=colour, gid="risk", label="error rate")
    whole = confidence.coverages[0]
    axes.axhline(
        1 - whole.accuracy.value, color=GREY, lw=1, ls=":", label="passing images on at random"
    )
    for point in confidence.coverages[1:]:
        risk = point.n_errors / point.n_answered
        axes.plot(point.coverage, risk, "o", color=INK, ms=5, gid="coverage-point")
    axes.set_ylim(0, 1.15 * max(float(band.high[-1]), 1e-3))
    axes.set_xlim(min(0.4, float(band.coverage[-1])), 1.01)
    _count_errors(axes, confidence)
    axes.set(xlabel="share of the test images answered, the surest first", ylabel="error rate")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=None))
    axes.legend(loc="upper left")
    axes.grid(alpha=0.25)
    return figure


def _count_errors(axes: Axes, confidence: Confidence) -> None:
    """Write the errors left beside each point, where the words do not cover those before."""
    points_a_pixel = 72 / axes.figure.dpi
    written: list[np.ndarray] = []
    for point in confidence.coverages[1:]:
        at = (point.coverage, point.n_errors / point.n_answered)
        place = axes.transData.transform(at) * points_a_pixel
        if any((np.abs(place - other) < LABEL_POINTS).all() for other in written):
            continue
        written.append(place)
        axes.annotate(
            f"{point.n_errors} left", at, (-5, 5),
            textcoords="offset points", fontsize=8, ha="right", color=INK, gid="errors-left",
        )  # fmt: skip


def reliability_figure(reliabilities: tuple[Reliability, ...]) -> Figure:
    """Draw how often the top probability came true, and below how many images had it."""
    figure = new_figure((WIDE[0], 5.0))
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    axes.plot([0, 1], [0, 1], color=GREY, lw=1, ls=":", label="calibrated")
    for place, (each, colour) in enumerate(zip(reliabilities, (STONE, SLATE), strict=False)):
        x = [b.mean_probability for b in each.bins]
        y = [b.accuracy.value for b in each.bins]
        ends = [
            [b.accuracy.value - b.accuracy.low for b in each.bins],
            [b.accuracy.high - b.accuracy.value for b in each.bins],
        ]
        axes.errorbar(
            x, y, yerr=ends, fmt="o-", ms=5, lw=1.2, capsize=2, color=colour,
            label=f"{each.name}, Brier score {each.brier.value:.4f}",
        )  # fmt: skip
        axes.plot(x, y, "o", color=colour, ms=5, gid=f"reliability-{place}")
        width = 0.09 / len(reliabilities)
        counts.bar(
            [b.low + 0.005 + (place + 0.5) * width for b in each.bins],
            [b.n_images for b in each.bins],
            width,
            color=colour,
        )
    axes.set(ylabel="share that is right", ylim=(-0.02, 1.02))
    counts.set(xlabel="probability of the predicted class", ylabel="images", yscale="log")
    counts.set_xlim(min(b.low for each in reliabilities for b in each.bins) - 0.02, 1.02)
    axes.legend(loc="lower right", fontsize=9)
    for panel in (axes, counts):
        panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        panel.grid(alpha=0.25)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    return figure
