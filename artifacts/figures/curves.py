"""Figures of thresholds: precision, recall and ROC curves from scores, never from a model."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from artifacts.figures.style import GREY, INK, WIDE, candidate_colour, new_figure
from tasks.precision_recall import precision_and_recall
from tasks.selection.records import ThresholdChoice

MAX_POINTS = 1_500


class CandidateScores(NamedTuple):
    """One candidate's scores of the target digit: float (n,), larger is more positive."""

    name: str
    title: str
    scores: np.ndarray


def threshold_figure(
    y_true: np.ndarray, scores: np.ndarray, choice: ThresholdChoice, title: str
) -> Figure:
    """Draw precision and recall against the threshold and mark the chosen one.

    Parameters
    ----------
    y_true : bool array, shape (n,)
    scores : float array, shape (n,)
    """
    precision, recall, thresholds = precision_and_recall(y_true, scores)
    keep = thinned(len(thresholds))
    figure = new_figure(WIDE)
    axes = figure.subplots()
    colour = candidate_colour(choice.candidate)
    axes.plot(thresholds[keep], precision[:-1][keep], color=colour, label="precision")
    axes.plot(thresholds[keep], recall[:-1][keep], color=colour, ls="--", label="recall")
    axes.axvline(choice.threshold, color=INK, lw=1, ls=":")
    axes.plot(
        [choice.threshold] * 2,
        [choice.precision, choice.recall],
        "o",
        color=INK,
        gid="operating-point",
        label=f"chosen: {choice.threshold:.4g}",
    )
    axes.set(xlabel=f"threshold on the scores of {title}", ylabel="fraction", ylim=(0, 1.02))
    if len(thresholds) > 10:
        # a few extreme scores would squeeze everything that matters into one column
        axes.set_xlim(*np.quantile(thresholds, [0.005, 0.999]))
    axes.legend(loc="best")
    axes.grid(alpha=0.25)
    return figure


def precision_recall_figure(
    y_true: np.ndarray,
    candidates: tuple[CandidateScores, ...],
    choices: tuple[ThresholdChoice, ...],
    average_precisions: tuple[float, ...],
) -> Figure:
    """Draw precision against recall for every candidate, with the chosen points."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    for each, average in zip(candidates, average_precisions, strict=True):
        precision, recall, _ = precision_and_recall(y_true, each.scores)
        keep = thinned(len(precision))
        axes.plot(
            recall[keep],
            precision[keep],
            color=candidate_colour(each.name),
            label=f"{each.title}, AP {average:.4f}",
            gid=f"precision-recall-{each.name}",
        )
    for choice in choices:
        axes.plot(
            choice.recall,
            choice.precision,
            "o",
            ms=8,
            mec=INK,
            color=candidate_colour(choice.candidate),
            gid=f"operating-point-{choice.candidate}",
        )
    for target in sorted({choice.target_precision for choice in choices}):
        axes.axhline(target, color=GREY, lw=1, ls=":", label=f"asked precision {target:.0%}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
    axes.legend(loc="lower left")
    axes.grid(alpha=0.25)
    return figure


def roc_figure(
    y_true: np.ndarray, candidates: tuple[CandidateScores, ...], areas: tuple[float, ...]
) -> Figure:
    """Draw both rates against each other for every candidate, and chance as a diagonal."""
    from sklearn.metrics import roc_curve  # no figure of a threshold waits for it

    figure = new_figure(WIDE)
    axes, close = figure.subplots(1, 2, width_ratios=(1, 1))
    for each, area in zip(candidates, areas, strict=True):
        false_rate, true_rate, _ = roc_curve(y_true, each.scores)
        keep = thinned(len(false_rate))
        for panel in (axes, close):
            panel.plot(
                false_rate[keep],
                true_rate[keep],
                color=candidate_colour(each.name),
                label=f"{each.title}, AUC {area:.4f}",
                gid=f"roc-{each.name}",
            )
    axes.plot([0, 1], [0, 1], color=GREY, ls=":", lw=1, label="chance")
    axes.set(xlabel="false positive rate", ylabel="recall (true positive rate)")
    axes.legend(loc="lower right")
    close.set(xlabel="false positive rate", xlim=(0, 0.1), ylim=(0.8, 1.003), title="enlarged")
    for panel in (axes, close):
        panel.grid(alpha=0.25)
    return figure


def thinned(n: int) -> np.ndarray:
    """Return at most 1,500 indices of n points, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, n - 1, min(n, MAX_POINTS)).astype(int))
