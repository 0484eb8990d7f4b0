"""Figures of two training sets: their mean pictures, their classes and their ink."""

import numpy as np
from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREY, WIDE, new_figure, set_names
from tasks.monitoring.records import Drift

N_BINS = 40


def mean_pictures_figure(before: np.ndarray, now: np.ndarray) -> Figure:
    """Draw both mean pictures and their difference.

    Parameters
    ----------
    before, now : float arrays, shape (height, width), grey levels
    """
    figure = new_figure((WIDE[0], 2.9))
    first, second, third = figure.subplots(1, 3)
    top = max(float(before.max()), float(now.max()), 1.0)
    for axes, picture, name in ((first, before, "the champion's"), (second, now, "this run's")):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=top)
        axes.set_title(f"{name} mean picture", fontsize=10, loc="left")
    difference = now - before
    reach = max(float(np.abs(difference).max()), 1.0)
    shown = third.imshow(difference, cmap="RdBu", vmin=-reach, vmax=reach, gid="difference")
    third.set_title("difference, grey levels", fontsize=10, loc="left")
    bar = figure.colorbar(shown, ax=third, shrink=0.8)
    bar.outline.set_visible(False)
    for axes in (first, second, third):
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("#cccccc")
    return figure


def distributions_figure(
    drift: Drift, ink_before: np.ndarray, ink_now: np.ndarray, *, names: tuple[str, ...]
) -> Figure:
    """Draw the classes' shares and the distribution of ink of both sets.

    Parameters
    ----------
    drift : Drift
    ink_before, ink_now : float arrays, shape (n,), mean grey level of each image
    names : tuple of str
        How the classes of `drift` are called.
    """
    figure = new_figure((WIDE[0], 3.4))
    classes, ink = figure.subplots(1, 2)
    at = np.arange(len(drift.classes))
    classes.bar(at - 0.2, drift.shares_before, 0.4, color=GREY, label="champion")
    classes.bar(at + 0.2, drift.shares_now, 0.4, color=BLUE, label="this run", gid="shares-now")
    set_names(classes.xaxis, at, names)
    classes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    classes.set_title("share of each class", fontsize=10, loc="left")
    ends = (
        float(min(ink_before.min(), ink_now.min())),
        float(max(ink_before.max(), ink_now.max())),
    )
    bins = np.linspace(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1, N_BINS + 1)
    ink.hist(ink_before, bins, density=True, color=GREY, alpha=0.55)
    ink.hist(ink_now, bins, density=True, histtype="step", color=BLUE, lw=1.6)
    for end in drift.ink_range:
        ink.axvline(end, color=GREY, ls=":", lw=1, gid="reference")
    ink.set_title("mean ink (dotted: 99 % of the champion's)", fontsize=10, loc="left")
    ink.set_yticks([])
    for axes in (classes, ink):
        axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    return figure
