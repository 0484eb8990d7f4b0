"""Figures of the nights: scores with their intervals, the operating point, what a fit costs."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREEN, GREY, ORANGE, WIDE, new_figure
from tasks.monitoring.records import HistoryPoint

MOST_DATES = 7
COLOURS = (BLUE, ORANGE, GREEN)  # of accuracy, macro precision and macro recall


def nights_scores_figure(points: tuple[HistoryPoint, ...]) -> Figure:
    """Draw accuracy, macro precision and macro recall of every night; mark the promotions.

    Parameters
    ----------
    points : tuple of HistoryPoint, oldest first
    """
    figure = new_figure((WIDE[0], 4.2))
    axes = figure.subplots()
    at = np.arange(len(points))
    names = points[0].figures.headline
    for lift, name, colour in zip((-0.12, 0.0, 0.12), names, COLOURS, strict=True):
        found = [each.figures.headline[name] for each in points]
        axes.vlines(
            at + lift,
            [each.low for each in found],
            [each.high for each in found],
            color=colour,
            lw=2.5,
            alpha=0.35,
        )
        axes.plot(
            at + lift,
            [each.value for each in found],
            "o-",
            color=colour,
            ms=4,
            lw=1,
            label=name,
            gid=f"nights-{name.replace(' ', '_')}",
        )
    _mark_promotions(axes, points)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    _dates(axes, points)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e6e6e6", lw=0.8)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=5, frameon=False)
    return figure


def nights_costs_figure(points: tuple[HistoryPoint, ...]) -> Figure:
    """Draw the operating point and what the fit took, one small picture each."""
    figure = new_figure((WIDE[0], 4.6))
    panels: tuple[tuple[str, Callable[[HistoryPoint], float], str], ...] = (
        ("threshold", lambda each: each.figures.threshold, "{:.3g}"),
        ("recall at the asked precision", lambda each: each.figures.recall, "{:.1%}"),
        ("fit, seconds", lambda each: each.figures.fit_seconds, "{:,.0f}"),
        ("peak memory, GB", lambda each: each.figures.peak_memory_bytes / 1e9, "{:.2f}"),
    )
    at = np.arange(len(points))
    for axes, (name, value, form) in zip(figure.subplots(2, 2).ravel(), panels, strict=True):
        values = [value(each) for each in points]
        axes.plot(at, values, "o-", color=BLUE, ms=4, lw=1, gid=f"nights-{name.split(',')[0]}")
        axes.annotate(
            form.format(values[-1]),
            (at[-1], values[-1]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=BLUE,
        )
        axes.set_title(name, loc="left", fontsize=10)
        axes.margins(x=0.12, y=0.25)
        _mark_promotions(axes, points, named=False)
        _dates(axes, points, most=4)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _mark_promotions(axes: Axes, points: tuple[HistoryPoint, ...], *, named: bool = True) -> None:
    promoted = [i for i, each in enumerate(points) if each.has_new_champion]
    for i in promoted:
        axes.axvline(i, color=GREY, lw=0.9, ls=":", zorder=0, gid="promotion")
    if named and promoted:
        axes.plot([], [], color=GREY, lw=0.9, ls=":", label="a new champion")


def _dates(axes: Axes, points: tuple[HistoryPoint, ...], *, most: int = MOST_DATES) -> None:
    """Name the nights below by their day, and by the minute where they share a day."""
    step = -(-len(points) // most)
    places = list(range(0, len(points), step))
    days = {each.time[:10] for each in points}
    one_a_day = len(days) == len(points)
    names = [
        points[i].time[:10] if one_a_day else f"{points[i].time[5:10]}\n{points[i].time[11:16]}"
        for i in places
    ]
    axes.set_xticks(places, names, fontsize=8)
    axes.set_xlim(-0.5, len(points) - 0.5)
