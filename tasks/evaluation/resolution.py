"""The smallest difference that a test set of this size can show between two models.

Two models are compared on the same images by the exact McNemar test (`tasks.selection.compare`):
only images that exactly one of them gets right tell them apart. How many there are, the
disagreement, decides what can be seen; a difference smaller than that may be real all the same.
"""

from itertools import count
from typing import TYPE_CHECKING, Literal

from engine.cache.task import cached_task
from tasks.evaluation.records import Detectable, Resolution
from tasks.models.records import Matrix

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.05
POWER = 0.8


def most_losses(n_disagreeing: "np.ndarray") -> "np.ndarray":
    """Return how many of the disagreements the better model may lose and still be significant.

    Parameters
    ----------
    n_disagreeing : int array

    Returns
    -------
    int array of the same shape
        The largest m with ``2 * P(X <= m) < 0.05`` for a fair coin tossed that often; -1 where
        not even winning all is significant.
    """
    import numpy as np
    from scipy.stats import binom

    # ppf gives the smallest k with P(X <= k) >= 0.025, so one less is the largest below it
    found: np.ndarray = np.asarray(binom.ppf(LEVEL / 2, n_disagreeing, 0.5)).astype(int) - 1
    return found


def smallest_significant(n_disagreeing: int) -> int | None:
    """Return the smallest lead, in images, that is significant among so many disagreements.

    Examples
    --------
    >>> smallest_significant(5), smallest_significant(6), smallest_significant(100)
    (None, 6, 22)
    """
    import numpy as np

    losses = int(most_losses(np.array(n_disagreeing)))
    return None if losses < 0 else n_disagreeing - 2 * losses


def fewest_disagreements() -> int:
    """Return the smallest number of disagreements that is significant if one model wins all.

    Examples
    --------
    >>> fewest_disagreements()
    6
    """
    return next(n for n in count(1) if smallest_significant(n) is not None)


def power(n_images: int, disagreement: float, difference: float) -> float:
    """Return how often the exact McNemar test at 5 % shows a true difference in accuracy.

    Exact: the number of disagreements is binomial, and so is their split between the two
    models given that number (Duffy 1984, Biometrics 40, 1005-1015).

    Parameters
    ----------
    n_images : int
    disagreement : float in [0, 1]
        Chance that exactly one of the models is right about an image.
    difference : float in [0, disagreement]
        By how much the better model's accuracy is higher, a fraction.
    """
    import numpy as np
    from scipy.stats import binom

    if disagreement <= 0:
        return 0.0
    # beyond these numbers lies less than a millionth of the chance
    low, high = (int(binom.ppf(q, n_images, disagreement)) for q in (5e-7, 1 - 5e-7))
    counts = np.arange(low, high + 1)
    losses = most_losses(counts)
    to_the_better = (1 + difference / disagreement) / 2
    shown = binom.cdf(losses, counts, 1 - to_the_better)
    shown += binom.cdf(losses, counts, to_the_better)  # and the wrong one called better
    return float(np.sum(binom.pmf(counts, n_images, disagreement) * shown))


def detectable_difference(n_images: int, disagreement: float) -> float | None:
    """Return the smallest true difference that is shown with a power of 80 %.

    Parameters
    ----------
    n_images : int
    disagreement : float in [0, 1]

    Returns
    -------
    float or None
        A fraction; None if so few disagreements cannot show any difference as often.
    """
    from scipy.optimize import brentq

    if power(n_images, disagreement, disagreement) < POWER:
        return None
    return float(
        brentq(
            lambda difference: power(n_images, disagreement, difference) - POWER,
            0.0,
            disagreement,
            xtol=1e-7,
        )
    )


def detectable(
    why: Literal["runner-up", "unlike"], n_images: int, disagreement: float
) -> Detectable:
    """Return what can be shown when two models disagree on this share of the images."""
    lead = smallest_significant(round(n_images * disagreement))
    return Detectable(
        why=why,
        disagreement=disagreement,
        smallest_significant=None if lead is None else lead / n_images,
        detectable=detectable_difference(n_images, disagreement),
    )


@cached_task(name="measure resolution")
def measure_resolution(
    confusion: Matrix,
    only_first_right: int | None,
    only_second_right: int | None,
    n_train: int,
) -> Resolution:
    """Say what this test set can tell apart, for two kinds of rivals of the winner.

    Parameters
    ----------
    confusion : counts on the test set, rows true, columns predicted
    only_first_right, only_second_right : int or None
        Training images that only the winner, only the runner-up classified rightly out of
        fold, of `n_train`; None with a single candidate.
    """
    from tasks.evaluation.intervals import wilson_interval

    n_images = sum(map(sum, confusion))
    n_right = sum(row[place] for place, row in enumerate(confusion))
    accuracy = wilson_interval(n_right, n_images)
    rivals = []
    if only_first_right is not None and only_second_right is not None:
        observed = (only_first_right + only_second_right) / n_train
        rivals.append(detectable("runner-up", n_images, observed))
    # as many mistakes as the winner makes, none of them on the same image
    unlike = min(1.0, 2 * (n_images - n_right) / n_images)
    rivals.append(detectable("unlike", n_images, unlike))
    return Resolution(
        n_images=n_images,
        half_width=(accuracy.high - accuracy.low) / 2,
        rivals=tuple(rivals),
    )
