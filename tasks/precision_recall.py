"""Precision and recall at every threshold, without the second that scikit-learn takes to import."""

import numpy as np


def counts_by_threshold(
    y_true: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count what is called positive when score >= threshold, and how much of it is.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,)
    scores : float array, shape (n_samples,)
        Larger means more likely positive.

    Returns
    -------
    thresholds : float array, shape (n_distinct,)
        Every distinct score, the largest first.
    found, called : int array, shape (n_distinct,)
        Positives among those called, and all that are called.
    """
    order = np.argsort(-scores, kind="stable")
    lowered = scores[order]
    # equal scores are called alike, so a threshold stands after the last of them
    ends = np.append(np.flatnonzero(np.diff(lowered)), len(lowered) - 1)
    return lowered[ends], np.cumsum(y_true[order])[ends], ends + 1


def precision_and_recall(
    y_true: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what ``sklearn.metrics.precision_recall_curve`` does where there is a positive.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,), at least one of them True
    scores : float array, shape (n_samples,)

    Returns
    -------
    precision, recall : float array, shape (n_distinct + 1,)
        Their last values, 1 and 0, stand for no threshold.
    thresholds : float array, shape (n_distinct,), rising
    """
    thresholds, found, called = counts_by_threshold(y_true, scores)
    precision, recall = found / called, found / found[-1]
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), thresholds[::-1]
