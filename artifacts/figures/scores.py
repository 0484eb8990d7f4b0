"""Figures of counts and scores: confusion matrices, error grids, folds and intervals."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from artifacts.figures.style import (
    INK,
    ORANGES,
    SLATE,
    STONE,
    WIDE,
    candidate_colour,
    contrast,
    new_figure,
    set_names,
)
from tasks.evaluation.records import Evaluation
from tasks.models.records import Matrix
from tasks.selection.records import BinaryScores, Ranking

MOST_WITH_RATES = 16  # classes; in a grid of more a rate would be wider than its cell


def class_counts_figure(
    train: tuple[int, ...], test: tuple[int, ...], names: tuple[str, ...]
) -> Figure:
    """Draw the share of each class in the training and in the test set."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    places = np.arange(len(names))
    for offset, counts, part, colour in (
        (-0.2, train, "training", SLATE),
        (0.2, test, "test", STONE),
    ):
        shares = np.asarray(counts) / max(sum(counts), 1)
        axes.bar(
            places + offset, 100 * shares, 0.38, label=f"{part}, {sum(counts):,}", color=colour
        )
    set_names(axes.xaxis, places, names)
    axes.set(xlabel="class", ylabel="share of the images, %")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    axes.grid(axis="y", alpha=0.25)
    return figure


def binary_confusion_figure(
    binaries: tuple[BinaryScores, ...], titles: tuple[str, ...], digit: str
) -> Figure:
    """Draw the 2 x 2 confusion matrices side by side, shaded by the share of each true row."""
    figure = new_figure((3.4 * max(len(binaries), 1) + 0.6, 3.4))
    panels = figure.subplots(1, len(binaries), squeeze=False)[0]
    names = (f"not {digit}", digit)
    for axes, binary, title in zip(panels, binaries, titles, strict=True):
        _matrix(axes, np.asarray(binary.confusion), names)
        axes.set_title(title, loc="left")
    return figure


def confusion_figure(confusion: Matrix, names: tuple[str, ...]) -> Figure:
    """Draw a confusion matrix with its counts.

    What is right is blue by its share of the true row; mistakes are orange on a scale of
    their own, because beside the diagonal they would not be seen.
    """
    figure = new_figure(_grid_size(len(names)))
    _matrix(figure.subplots(), np.asarray(confusion), names)
    return figure


def error_grid_figure(confusion: Matrix, names: tuple[str, ...]) -> Figure:
    """Draw which class is taken for which: rows normalised, the diagonal blanked.

    What is left is shaded on its own scale, so that the errors can be seen at all.
    """
    rates = 100 * error_rates(np.asarray(confusion))
    has_room = len(names) <= MOST_WITH_RATES
    words = np.array(
        [[f"{rate:.2f}" if has_room and rate > 0 else "" for rate in row] for row in rates]
    )
    figure = new_figure(_grid_size(len(names)))
    axes = figure.subplots()
    top = float(np.nanmax(rates)) or 0.1  # without any error the scale needs an end, too
    mesh = _heat_map(axes, rates, words, cmap=ORANGES, top=top, gid="error-rates")
    bar = figure.colorbar(mesh, ax=axes, label="share of the true class, %", shrink=0.75)
    bar.ax.spines[:].set_visible(False)
    _class_axes(axes, names)
    return figure


def _grid_size(n_classes: int) -> tuple[float, float]:
    """Return the size in inches of a square of cells: larger for many, so that each can be read."""
    more = max(0, n_classes - MOST_WITH_RATES) * 0.1
    return 6.4 + more, 5.6 + more


def error_rates(confusion: np.ndarray) -> np.ndarray:
    """Return each row divided by its sum, the diagonal blanked with NaN; empty rows give 0."""
    support = confusion.sum(axis=1, keepdims=True)
    rates: np.ndarray = np.divide(
        confusion, support, out=np.zeros(confusion.shape), where=support > 0
    )
    np.fill_diagonal(rates, np.nan)
    return rates


def folds_figure(ranking: Ranking) -> Figure:
    """Draw every fold's accuracy, one row a candidate, and the mean of the folds."""
    figure = new_figure((WIDE[0], 1.1 + 0.7 * len(ranking.ranked)))
    axes = figure.subplots()
    for row, each in enumerate(ranking.ranked):
        colour = candidate_colour(each.candidate)
        axes.plot(
            each.fold_accuracies,
            [row] * len(each.fold_accuracies),
            "o",
            color=colour,
            alpha=0.75,
            gid=f"folds-{each.candidate}",
        )
        axes.plot(each.mean_accuracy, row, "|", ms=22, mew=2, color=INK)
    axes.set_yticks(range(len(ranking.ranked)), [each.title for each in ranking.ranked])
    axes.set_ylim(len(ranking.ranked) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("accuracy on each fold; the bar is the mean")
    axes.grid(axis="x", alpha=0.25)
    return figure


def interval_figure(evaluation: Evaluation) -> Figure:
    """Draw the three headline scores with their 95 % intervals against the goal."""
    figure = new_figure((WIDE[0], 2.6))
    axes = figure.subplots()
    colour = candidate_colour(evaluation.candidate)
    for row, score in enumerate(evaluation.headline.values()):
        axes.plot([score.low, score.high], [row, row], color=colour, lw=4, solid_capstyle="butt")
        axes.plot(score.value, row, "o", ms=8, color=colour, mec=INK, gid="score")
        axes.annotate(
            f"{score.value:.2%}",
            (score.value, row),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.axvline(evaluation.goal, color=INK, lw=1.5, ls="--", gid="goal")
    axes.annotate(
        f"goal {evaluation.goal:.0%}",
        (evaluation.goal, -0.45),
        (4, 0),
        textcoords="offset points",
        color=INK,
        va="top",
    )
    axes.set_yticks(range(3), list(evaluation.headline))
    axes.set_ylim(2.5, -0.7)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("test score with its 95 % interval")
    axes.grid(axis="x", alpha=0.25)
    return figure


def _matrix(axes: Axes, counts: np.ndarray, names: tuple[str, ...]) -> None:
    support = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, support, out=np.zeros(counts.shape), where=support > 0)
    words = np.array([[f"{count:,}" if count else "" for count in row] for row in counts])
    right = np.eye(len(counts), dtype=bool)
    size = 12 if len(names) <= 3 else 8 if len(names) <= MOST_WITH_RATES else 5
    worst = max(float(shares[~right].max(initial=0.0)), 1e-9)
    for shown, cmap, top, gid in (
        (right, "Blues", 1.15, "confusion"),
        # in the strongest orange a mistake would be darker than the diagonal
        (~right, ORANGES, 2.4 * worst, "confusion-errors"),
    ):
        values = np.where(shown, shares, np.nan)
        _heat_map(axes, values, words, cmap=cmap, top=top, gid=gid, fontsize=size)
    _class_axes(axes, names)


def _heat_map(  # noqa: PLR0913 - what is drawn, and how
    axes: Axes,
    values: np.ndarray,
    words: np.ndarray,
    *,
    cmap: str,
    top: float,
    gid: str,
    fontsize: int = 8,
) -> QuadMesh:
    """Draw a cell for each value but NaN, 0 to `top`, with its words in black or white.

    One of the two always reaches the contrast of 4.5 : 1 that WCAG asks of text.
    """
    mesh = axes.pcolormesh(
        values, cmap=cmap, vmin=0, vmax=top, edgecolors="white", linewidth=1, gid=gid
    )
    axes.set(aspect="equal", ylim=(len(values), 0))
    axes.spines[:].set_visible(False)
    for row, column in np.argwhere(~np.isnan(values)):
        shade: Any = mesh.cmap(mesh.norm(values[row, column]))
        cell = to_hex(shade)
        axes.text(
            column + 0.5, row + 0.5, words[row, column], ha="center", va="center",
            fontsize=fontsize, color=max(("#000000", "#ffffff"), key=lambda c: contrast(c, cell)),
        )  # fmt: skip
    return mesh


def _class_axes(axes: Axes, names: tuple[str, ...]) -> None:
    places = np.arange(len(names)) + 0.5  # a cell of a heat map begins at its number
    set_names(axes.xaxis, places, names)
    set_names(axes.yaxis, places, names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.tick_params(length=0)
