"""The operating point: the threshold that gives the asked precision, on unseen scores."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.errors import DataError, UnreachablePrecision
from tasks.models.records import OutOfFold
from tasks.selection.records import ThresholdChoice

if TYPE_CHECKING:
    import numpy as np


def lowest_threshold(
    y_true: "np.ndarray", scores: "np.ndarray", *, target_precision: float
) -> tuple[float, float, float]:
    """Find the lowest threshold whose precision reaches the target.

    Recall never rises with the threshold, so the lowest one keeps the most recall.
    Precision is not monotone: the point can sit on a lucky spike, and this rule takes it.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,)
    scores : float array, shape (n_samples,)
        Out-of-fold scores; larger means more likely positive.
    target_precision : float in (0, 1]

    Returns
    -------
    threshold, precision, recall : float
        The operating point: predict positive when score >= threshold.

    Raises
    ------
    UnreachablePrecision
        If no threshold reaches `target_precision`; the message names the best reachable.
    """
    from tasks.precision_recall import precision_and_recall

    precision, recall, thresholds = precision_and_recall(y_true, scores)
    precision, recall = precision[:-1], recall[:-1]  # the last point has no threshold
    reached = precision >= target_precision
    if not reached.any():
        best = precision.argmax()
        raise UnreachablePrecision(
            f"No threshold reaches precision {target_precision:.4f} on {len(scores)} "
            f"out-of-fold scores; the best is {precision[best]:.4f}, with recall "
            f"{recall[best]:.4f}, at threshold {thresholds[best]:.4g}. Lower "
            "--target-precision or choose a better candidate; the fits are kept."
        )
    i = reached.argmax()
    return float(thresholds[i]), float(precision[i]), float(recall[i])


def class_column(classes: tuple[int, ...], digit: int) -> int:
    """Return the column of a digit's scores.

    Raises
    ------
    DataError
        If no training image shows that digit, so that no threshold exists for it.
    """
    if digit not in classes:
        raise DataError(
            f"Asked for the target digit {digit}; the training set has only the classes "
            f"{', '.join(map(str, classes))}. Choose one of them with --target-digit."
        )
    return classes.index(digit)


@cached_task(name="choose threshold", run_name="choose threshold of {out_of_fold.candidate.name}")
def select_threshold(
    out_of_fold: OutOfFold, labels: ArrayRef, digit: int, target_precision: float
) -> ThresholdChoice:
    """Choose one candidate's operating point from its out-of-fold scores."""
    scores = load_array(out_of_fold.scores)[:, class_column(out_of_fold.classes, digit)]
    threshold, precision, recall = lowest_threshold(
        load_array(labels) == digit, scores, target_precision=target_precision
    )
    return ThresholdChoice(
        candidate=out_of_fold.candidate.name,
        digit=digit,
        threshold=threshold,
        precision=precision,
        recall=recall,
        target_precision=target_precision,
    )
