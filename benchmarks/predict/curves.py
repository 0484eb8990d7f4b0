"""Accuracy on pages that suffer more and more of one thing, as curves."""

from typing import NamedTuple

from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREY, INK, ORANGE, new_figure
from tasks.evaluation.intervals import wilson_interval

AXES = {
    "noise": "noise: standard deviation, grey values",
    "shade": "share of the light lost in a corner",
    "angle": "turned by, degrees",
}


class ReadBack(NamedTuple):
    """How many digits of some pages were answered rightly, missed, or found where none is.

    `n_right_whole` is the count with normalising turned off: each cell shrunk as it is.
    """

    n: int
    n_right: int
    n_missed: int
    n_extra: int
    n_right_whole: int


def curves_figure(curves: dict[str, list[tuple[float, ReadBack]]], plain: float) -> Figure:
    """Draw the share of digits that are right by the level of each damage, with intervals.

    Parameters
    ----------
    curves : dict
        For each name in `AXES` the levels and what was read there.
    plain : float
        Share of the same test images that are right as they are.
    """
    figure = new_figure((9.6, 3.6))
    every = figure.subplots(1, len(curves), sharey=True)
    for axes, (what, levels) in zip(every, curves.items(), strict=True):
        for label, colour, field in (
            ("found and laid out", BLUE, "n_right"),
            ("each square only shrunk", ORANGE, "n_right_whole"),
        ):
            scores = [wilson_interval(getattr(found, field), found.n) for _, found in levels]
            shares = [100 * each.value for each in scores]
            ends = [
                [100 * (each.value - each.low) for each in scores],
                [100 * (each.high - each.value) for each in scores],
            ]
            axes.errorbar(
                [level for level, _ in levels], shares, ends, fmt="o-", color=colour, ms=4,
                capsize=2, label=label, gid=f"{what} {field}",
            )  # fmt: skip
        axes.axhline(100 * plain, color=INK, lw=1, ls=":", label="the test images as they are")
        axes.set_xlabel(AXES[what])
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=GREY)
    every[0].set_ylabel("right, %")
    every[0].legend(fontsize=8, loc="lower left")
    return figure
