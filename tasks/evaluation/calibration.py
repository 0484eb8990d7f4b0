"""Scores -> calibrated probabilities, and how well calibrated they are."""

import numpy as np
from sklearn.isotonic import IsotonicRegression

from tasks.evaluation.intervals import LEVEL, wilson_interval
from tasks.evaluation.records import Interval, ReliabilityBin

N_BINS = 10


def calibrated(
    fitted_on: np.ndarray, labels: np.ndarray, scores: np.ndarray, classes: tuple[int, ...]
) -> np.ndarray:
    """Turn scores into probabilities by isotonic regression, one class against the rest.

    The same scheme as scikit-learn's ``CalibratedClassifierCV(method="isotonic")``: each
    class's column is calibrated alone and every row is divided by its sum.

    Parameters
    ----------
    fitted_on : float array, shape (n_train, n_classes)
        Out-of-fold scores; scores of images a model was fitted on would make it overconfident.
    labels : int array, shape (n_train,)
    scores : float array, shape (n, n_classes)
        What to calibrate.
    classes : tuple of int
        The columns' labels.

    Returns
    -------
    float64 array, shape (n, n_classes)
        Rows sum to 1; one without any probability is spread evenly.
    """
    return calibrated_by(fit_calibration(fitted_on, labels, classes), scores)


def fit_calibration(
    scores: np.ndarray, labels: np.ndarray, classes: tuple[int, ...]
) -> tuple[IsotonicRegression, ...]:
    """Fit one isotonic regression for each class, as `calibrated` says."""
    return tuple(
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
            scores[:, column], labels == label
        )
        for column, label in enumerate(classes)
    )


def calibrated_by(columns: tuple[IsotonicRegression, ...], scores: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities by what `fit_calibration` has fitted."""
    if not len(scores):  # scikit-learn's regression refuses no rows
        return np.empty((0, len(columns)))
    raised = np.column_stack(
        [fitted.predict(scores[:, column]) for column, fitted in enumerate(columns)]
    ).astype(np.float64)
    sums = raised.sum(axis=1, keepdims=True)
    even = np.full(raised.shape, 1 / len(columns))
    probabilities: np.ndarray = np.divide(raised, sums, out=even, where=sums > 0)
    return probabilities


def brier_score(probabilities: np.ndarray, is_true: np.ndarray) -> Interval:
    """Return the mean squared distance between probabilities and truth (Brier 1950).

    Parameters
    ----------
    probabilities : float array, shape (n, n_classes)
    is_true : bool array, shape (n, n_classes)
        One-hot; all False for a class the model does not know.
    """
    from scipy.stats import norm

    each = ((probabilities - is_true) ** 2).sum(axis=1)
    mean = float(each.mean())
    error = float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else 2.0
    half = float(norm.ppf(0.5 + LEVEL / 2)) * error
    return Interval(
        value=mean,
        low=max(0.0, mean - half),
        high=min(2.0, mean + half),
        method="normal interval of the mean over test images, 95 %",
    )


def reliability_bins(probability: np.ndarray, right: np.ndarray) -> tuple[ReliabilityBin, ...]:
    """Compare the top probability with how often it came true, in ten bins; empty ones left out.

    Parameters
    ----------
    probability : float array, shape (n,), in [0, 1]
        That of the predicted class.
    right : bool array, shape (n,)
    """
    edges = np.linspace(0, 1, N_BINS + 1)
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, N_BINS - 1)
    return tuple(
        ReliabilityBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            n_images=int((place == i).sum()),
            mean_probability=float(probability[place == i].mean()),
            accuracy=wilson_interval(int(right[place == i].sum()), int((place == i).sum())),
        )
        for i in range(N_BINS)
        if (place == i).any()
    )
