"""Thresholds for every class at once, from the scores that are there already: no further fit."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.errors import UnreachablePrecision
from tasks.models.records import OutOfFold
from tasks.selection.records import CheapestPoint, ClassPoint, EveryClass
from tasks.selection.threshold import lowest_threshold

if TYPE_CHECKING:
    import numpy as np


def cheapest_point(
    y_true: "np.ndarray", scores: "np.ndarray", *, cost_false_alarm: float, cost_miss: float
) -> CheapestPoint:
    """Find the threshold whose mistakes cost least; of equals the one with fewest alarms.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,)
    scores : float array, shape (n_samples,)
        Out-of-fold scores; larger means more likely positive.
    cost_false_alarm, cost_miss : float
        Cost of one negative called positive, of one positive called negative; above 0.
    """
    import numpy as np

    from tasks.precision_recall import counts_by_threshold

    thresholds, found, called = counts_by_threshold(y_true, scores)
    found, called = np.append(0, found), np.append(0, called)
    false_alarms, misses = called - found, int(y_true.sum()) - found
    costs = cost_false_alarm * false_alarms + cost_miss * misses
    best = int(costs.argmin())
    return CheapestPoint(
        threshold=float(thresholds[best - 1]) if best else None,
        false_alarms=int(false_alarms[best]),
        misses=int(misses[best]),
        cost=float(costs[best]),
    )


def class_point(  # noqa: PLR0913 - a question, its target and its two costs
    y_true: "np.ndarray",
    scores: "np.ndarray",
    *,
    label: int,
    folds: "list[np.ndarray]",
    target_precision: float,
    cost_false_alarm: float,
    cost_miss: float,
) -> ClassPoint:
    """Find one class's two operating points, and how the first one varies between folds.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,)
    scores : float array, shape (n_samples,)
    label : int
    folds : list of int arrays
        The sample indices of each validation fold.
    target_precision : float in (0, 1]
    cost_false_alarm, cost_miss : float
    """
    from tasks.precision_recall import precision_and_recall

    precision, _, _ = precision_and_recall(y_true, scores)
    point: tuple[float, float, float] | tuple[None, None, None]
    try:
        point = lowest_threshold(y_true, scores, target_precision=target_precision)
    except UnreachablePrecision:
        point = (None, None, None)
    threshold, reached, recall = point
    return ClassPoint(
        label=label,
        n_images=int(y_true.sum()),
        threshold=threshold,
        precision=reached,
        recall=recall,
        best_precision=float(precision[:-1].max()),  # the last point has no threshold
        fold_precisions=()
        if threshold is None
        else tuple(_precision(y_true[fold], scores[fold] >= threshold) for fold in folds),
        cheapest=cheapest_point(
            y_true, scores, cost_false_alarm=cost_false_alarm, cost_miss=cost_miss
        ),
    )


def _precision(y_true: "np.ndarray", called: "np.ndarray") -> float | None:
    return float(y_true[called].mean()) if called.any() else None


@cached_task(name="measure every class", run_name="every class of {of.candidate.name}")
def measure_every_class(
    of: OutOfFold,
    labels: ArrayRef,
    target_precision: float,
    cost_false_alarm: float,
    cost_miss: float,
) -> EveryClass:
    """Choose thresholds for all classes from one candidate's out-of-fold scores."""
    y_true, scores = load_array(labels), load_array(of.scores)
    folds = [load_array(fold) for fold in of.folds]
    return EveryClass(
        candidate=of.candidate.name,
        target_precision=target_precision,
        cost_false_alarm=cost_false_alarm,
        cost_miss=cost_miss,
        n_images=len(y_true),
        points=tuple(
            class_point(
                y_true == label,
                scores[:, column],
                label=label,
                folds=folds,
                target_precision=target_precision,
                cost_false_alarm=cost_false_alarm,
                cost_miss=cost_miss,
            )
            for column, label in enumerate(of.classes)
        ),
    )
