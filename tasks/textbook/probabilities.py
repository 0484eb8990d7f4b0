"""How often a probability comes true: of the images given it, the share that are positive."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.errors import DataError
from tasks.models.records import OutOfFold
from tasks.selection.threshold import class_column
from tasks.textbook.records import ProbabilityCounts

if TYPE_CHECKING:
    import numpy as np


def positive_share(
    y_true: "np.ndarray", probabilities: "np.ndarray", *, low: float, high: float
) -> tuple[int, float]:
    """Count the samples strictly between two probabilities and the share that are positive.

    Parameters
    ----------
    y_true : bool array, shape (n_samples,)
    probabilities : float array, shape (n_samples,)

    Raises
    ------
    DataError
        If there is no such sample.
    """
    between = (probabilities > low) & (probabilities < high)
    n = int(between.sum())
    if not n:
        raise DataError(
            f"Asked which share is positive between the probabilities {low:g} and {high:g}; "
            f"none of {len(probabilities)} samples lies there. Widen the range."
        )
    return n, float(y_true[between].sum() / n)


def counts_by_hundredths(
    y_true: "np.ndarray", probabilities: "np.ndarray"
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Count all samples and the positive ones at each probability rounded to hundredths.

    Returns
    -------
    n_samples, n_positive : tuple of 101 int
    """
    import numpy as np

    hundredths = np.rint(probabilities * 100).astype(np.int64)
    every = np.bincount(hundredths, minlength=101)
    positive = np.bincount(hundredths[y_true], minlength=101)
    return tuple(map(int, every)), tuple(map(int, positive))


@cached_task(name="count by probability", run_name="count {out_of_fold.candidate.name}")
def count_by_probability(
    out_of_fold: OutOfFold, labels: ArrayRef, positive: int, low: float, high: float
) -> ProbabilityCounts:
    """Count one candidate's images by their out-of-fold probability of the class `positive`."""
    probabilities = load_array(out_of_fold.scores)[:, class_column(out_of_fold.classes, positive)]
    y_true = load_array(labels) == positive
    n_images, n_positive = counts_by_hundredths(y_true, probabilities)
    n_between, share = positive_share(y_true, probabilities, low=low, high=high)
    return ProbabilityCounts(
        candidate=out_of_fold.candidate.name,
        n_images=n_images,
        n_positive=n_positive,
        low=low,
        high=high,
        n_between=n_between,
        share=share,
    )
