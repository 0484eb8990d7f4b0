"""Figures of counts and scores: confusion matrices, error grids, folds and intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.style import BLUE, GREY, INK, ORANGE, WIDE, candidate_colour, new_figure
from tasks.records import BinaryScores, Evaluation, Matrix, Ranking


def class_counts_figure(
    train: tuple[int, ...], test: tuple[int, ...], classes: tuple[int, ...]
) -> Figure:
    """Draw the share of each class in the training and in the test set."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    places = np.arange(len(classes))
    for offset, counts, name, colour in (
        (-0.2, train, "training", BLUE),
        (0.2, test, "test", ORANGE),
    ):
        shares = np.asarray(counts) / max(sum(counts), 1)
        axes.bar(
            places + offset, 100 * shares, 0.38, label=f"{name}, {sum(counts):,}", color=colour
        )
    axes.set_xticks(places, map(str, classes))
    axes.set(xlabel="class", ylabel="share of the images, %")
    axes.legend(loc="lower right")
    axes.grid(axis="y", alpha=0.25)
    return figure


def binary_confusion_figure(
    binaries: tuple[BinaryScores, ...], titles: tuple[str, ...], digit: int
) -> Figure:
    """Draw the 2 x 2 confusion matrices side by side, shaded by the share of each true row."""
    figure = new_figure((3.4 * max(len(binaries), 1) + 0.6, 3.4))
    panels = figure.subplots(1, len(binaries), squeeze=False)[0]
    names = [f"not {digit}", f"{digit}"]
    for axes, binary, title in zip(panels, binaries, titles, strict=True):
        _matrix(axes, np.asarray(binary.confusion), names, percent=False)
        axes.set_title(title, loc="left")
    return figure


def confusion_figure(confusion: Matrix, classes: tuple[int, ...]) -> Figure:
    """Draw a confusion matrix with its counts, shaded by the share of each true row."""
    figure = new_figure((6.4, 5.6))
    _matrix(figure.subplots(), np.asarray(confusion), [str(c) for c in classes], percent=False)
    return figure


def error_grid_figure(confusion: Matrix, classes: tuple[int, ...]) -> Figure:
    """Draw which class is taken for which: rows normalised, the diagonal blanked.

    What is left is shaded on its own scale, so that the errors can be seen at all.
    """
    rates = error_rates(np.asarray(confusion))
    figure = new_figure((6.4, 5.6))
    axes = figure.subplots()
    image = axes.imshow(100 * rates, cmap="Oranges", gid="error-rates")
    _class_axes(axes, [str(c) for c in classes])
    dark = np.nanmax(rates) * 0.6
    for (row, column), rate in np.ndenumerate(rates):
        if np.isfinite(rate) and rate > 0:
            colour = "white" if rate > dark else INK
            axes.text(
                column, row, f"{rate:.1%}", ha="center", va="center", fontsize=7.5, color=colour
            )
    figure.colorbar(image, ax=axes, label="share of the true class, %", shrink=0.8)
    return figure


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
    axes.set_xlabel("accuracy on each fold; the bar is the mean")
    axes.grid(axis="x", alpha=0.25)
    return figure


def interval_figure(evaluation: Evaluation) -> Figure:
    """Draw the three headline scores with their 95 % intervals against the goal."""
    figure = new_figure((WIDE[0], 2.6))
    axes = figure.subplots()
    rows = [
        ("accuracy", evaluation.accuracy),
        ("macro precision", evaluation.macro_precision),
        ("macro recall", evaluation.macro_recall),
    ]
    for row, (_, score) in enumerate(rows):
        axes.plot([score.low, score.high], [row, row], color=BLUE, lw=3, solid_capstyle="butt")
        axes.plot(score.value, row, "o", color=BLUE, mec=INK, gid="score")
        axes.annotate(
            f"{score.value:.2%}",
            (score.value, row),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.axvline(evaluation.goal, color=ORANGE, lw=2, ls="--", gid="goal")
    axes.annotate(
        f"goal {evaluation.goal:.0%}",
        (evaluation.goal, -0.45),
        (4, 0),
        textcoords="offset points",
        color=ORANGE,
        va="top",
    )
    axes.set_yticks(range(3), [name for name, _ in rows])
    axes.set_ylim(2.5, -0.7)
    axes.set_xlabel("test score with its 95 % interval")
    axes.grid(axis="x", alpha=0.25)
    return figure


def _matrix(axes: Axes, counts: np.ndarray, names: list[str], *, percent: bool) -> None:
    support = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, support, out=np.zeros(counts.shape), where=support > 0)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, gid="confusion")
    _class_axes(axes, names)
    size = 12 if len(names) <= 3 else 8
    for (row, column), count in np.ndenumerate(counts):
        text = f"{shares[row, column]:.1%}" if percent else f"{count:,}"
        colour = "white" if shares[row, column] > 0.6 else (INK if count else GREY)
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def _class_axes(axes: Axes, names: list[str]) -> None:
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.tick_params(length=0)
