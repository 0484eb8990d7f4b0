"""Figures of the comparison with the book: every figure on one axis, and what a vote means."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREEN, GREY, INK, ORANGE, WIDE, new_figure
from tasks.textbook.records import Parity, ParityRow, ProbabilityCounts


def parity_figure(parity: Parity, titles: tuple[tuple[str, str], ...]) -> Figure:
    """Draw each fraction twice, the book's as a ring and ours as a dot inside it.

    Counts and thresholds have no place on this axis; the table has them.
    """
    groups = [
        (title, [row for row in parity.rows if row.figure.model == name and is_fraction(row)])
        for name, title in titles
    ]
    n_lines = sum(len(rows) + 1 for _, rows in groups)
    figure = new_figure((WIDE[0], 0.9 + 0.24 * n_lines))
    axes = figure.subplots()
    line = 0
    names = []
    for title, rows in groups:
        beside = ("axes fraction", "data")
        axes.annotate(title, (0.01, line), xycoords=beside, va="center", fontweight="bold")
        axes.axhline(line - 0.5, color=GREY, lw=0.6, alpha=0.5)
        for at, row in enumerate(rows, line + 1):
            names.append((at, row.figure.name))
            _ring_and_dot(axes, at, row)
        line += len(rows) + 1
    axes.set_yticks([at for at, _ in names], [name for _, name in names], fontsize=9)
    axes.set_ylim(line - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("ring: the book; dot: here, green where every digit is the same")
    axes.grid(axis="x", alpha=0.25)
    return figure


def _ring_and_dot(axes: Axes, at: float, row: ParityRow) -> None:
    colour = GREEN if row.is_equal else ORANGE
    book = float(row.figure.value)
    axes.plot(book, at, "o", ms=11, mfc="none", mec=INK, mew=1.1, gid="book")
    axes.plot(row.ours, at, "o", ms=6, color=colour, gid="ours")
    axes.annotate(
        row.shown if row.is_equal else f"{row.shown}; the book {row.figure.value}",
        (1.02, at),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=8,
        family="monospace",
        color=INK if row.is_equal else ORANGE,
    )


def is_fraction(row: ParityRow) -> bool:
    """Whether a figure lies on the axis from 0 to 1."""
    return row.figure.decimals > 0 and 0 <= float(row.figure.value) <= 1


def probability_figure(counts: ProbabilityCounts) -> Figure:
    """Draw the share of positives among the images that were given each probability.

    A dot's area follows the number of images; on the diagonal a probability would mean what
    it says.
    """
    n_images, n_positive = np.asarray(counts.n_images), np.asarray(counts.n_positive)
    given = np.flatnonzero(n_images)
    shares = n_positive[given] / n_images[given]
    figure = new_figure(WIDE)
    axes = figure.subplots()
    axes.axvspan(counts.low, counts.high, color=ORANGE, alpha=0.15, lw=0)
    axes.plot([0, 1], [0, 1], color=GREY, ls=":", lw=1.2)
    axes.annotate("what it says", (0.8, 0.77), color=GREY, rotation=27, fontsize=9)
    axes.scatter(
        given / 100,
        shares,
        s=np.clip(4 * np.sqrt(n_images[given]), 8, 400),
        color=BLUE,
        alpha=0.65,
        edgecolor="white",
        linewidth=0.6,
        gid="shares",
    )
    middle = (counts.low + counts.high) / 2
    axes.annotate(
        f"{counts.share:.1%} of these {counts.n_between:,}\nimages are fives",
        (middle, counts.share - 0.06),
        (middle, 0.3),
        ha="center",
        color=INK,
        arrowprops={"arrowstyle": "-", "color": ORANGE},
    )
    axes.set(
        xlabel="probability that the forest gives to five (share of its trees, out of fold)",
        ylabel="share that are fives",
        xlim=(-0.03, 1.03),
        ylim=(-0.05, 1.07),
    )
    axes.grid(alpha=0.25)
    return figure
