"""95 % confidence intervals, each with the name of its method."""

from statistics import NormalDist

import numpy as np

from tasks.evaluation.records import Interval

LEVEL = 0.95
N_RESAMPLES = 10_000


def wilson_interval(successes: int, n: int) -> Interval:
    """Return a proportion with its Wilson score interval (Wilson 1927).

    It stays inside [0, 1] and keeps its coverage near 0 and 1, where the usual
    plus-or-minus interval fails.

    Parameters
    ----------
    successes, n : int
        With ``n == 0`` nothing is known: the value is 0.0 and the interval is [0, 1].
    """
    method = "Wilson score interval, 95 %"
    if n == 0:
        return Interval(value=0.0, low=0.0, high=1.0, method=method)
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    # at 0 and n the bound is exactly the value; rounding must not put it on the wrong side
    return Interval(value=share, low=min(low, share), high=max(high, share), method=method)


def bootstrap_macro(confusion: np.ndarray, *, seed: int) -> tuple[Interval, Interval]:
    """Return macro precision and macro recall with percentile bootstrap intervals.

    Both are functions of the confusion matrix, and drawing n images with replacement draws
    its cells from a multinomial distribution, so the matrix is resampled instead of the
    images: the same distribution, thousands of times cheaper (Efron 1979). A class without a
    single image says nothing of the model and is left out of the means.

    Parameters
    ----------
    confusion : int array, shape (n_classes, n_classes), rows true, columns predicted
    seed : int

    Returns
    -------
    macro_precision, macro_recall : Interval
    """
    n = int(confusion.sum())
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, (confusion / n).ravel(), size=N_RESAMPLES)
    drawn = drawn.reshape(-1, *confusion.shape)
    seen = confusion.sum(axis=1) > 0
    one = confusion[np.newaxis]
    return (
        _percentile_interval(_macro(one, seen, axis=1)[0], _macro(drawn, seen, axis=1)),
        _percentile_interval(_macro(one, seen, axis=2)[0], _macro(drawn, seen, axis=2)),
    )


def _macro(confusion: np.ndarray, seen: np.ndarray, *, axis: int) -> np.ndarray:
    """Mean over the seen classes of diagonal / sum along `axis` (1: precision, 2: recall)."""
    total = confusion.sum(axis=axis)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    ratio: np.ndarray = np.divide(right, total, out=np.zeros(total.shape), where=total > 0)
    mean: np.ndarray = ratio[:, seen].mean(axis=1)
    return mean


def _percentile_interval(value: float, resampled: np.ndarray) -> Interval:
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(
        value=float(value),
        low=float(min(low, value)),
        high=float(max(high, value)),
        method=f"percentile bootstrap over test images, {N_RESAMPLES:,} resamples, 95 %",
    )
