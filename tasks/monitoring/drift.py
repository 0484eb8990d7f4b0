"""Are a run's training images distributed like those the champion was fitted on?

Every statistic is one that is known by name, and its limit the one in use for it: none depends
on how many images there are, so that a large set does not warn of what is too small to matter.
"""

from typing import TYPE_CHECKING, NamedTuple

from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.data.records import LabelledImages
from tasks.monitoring.records import Drift, DriftStatistic

if TYPE_CHECKING:
    import numpy as np

PSI_LIMIT = 0.1
PSI_REASON = "below 0.1 a population counts as stable (Siddiqi 2006)"
EFFECT_LIMIT = 0.2
EFFECT_REASON = "0.2 standard deviations is a small effect (Cohen 1988)"
PIXEL_LIMIT = 0.1
PIXEL_REASON = "below 0.1 standard deviations two groups count as balanced (Austin 2009)"
OUTSIDE_LIMIT = 0.02
OUTSIDE_REASON = "1 % is expected outside a 99 % reference interval; twice that is a change"
REFERENCE = (0.005, 0.995)
LEAST_SHARE = 1e-4  # the usual floor, or one empty class would make the index infinite
ROWS_AT_ONCE = 4096


class PixelMoments(NamedTuple):
    """Mean and standard deviation of every pixel, float64 (height, width), in grey levels."""

    mean: "np.ndarray"
    std: "np.ndarray"


def stability_index(before: "np.ndarray", now: "np.ndarray") -> float:
    """Return the population stability index of two distributions over the same classes.

    The sum of (now - before) * ln(now / before): the symmetrised Kullback-Leibler divergence,
    0 for equal shares.

    Parameters
    ----------
    before, now : float arrays, shape (n_classes,), each summing to 1
    """
    import numpy as np

    p, q = np.maximum(before, LEAST_SHARE), np.maximum(now, LEAST_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


def standardised_difference(before: "np.ndarray", now: "np.ndarray") -> float:
    """Return Cohen's d: the difference of two means in pooled standard deviations, unsigned."""
    import numpy as np

    spread = np.sqrt((before.var() + now.var()) / 2)
    apart = abs(float(now.mean() - before.mean()))
    return apart / float(spread) if spread else (0.0 if apart == 0 else float("inf"))


def pixel_moments(images: "np.ndarray") -> PixelMoments:
    """Return mean and standard deviation of every pixel, a few thousand images at a time.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    """
    import numpy as np

    total = np.zeros(images.shape[1:], dtype=np.int64)
    squares = np.zeros(images.shape[1:], dtype=np.int64)
    for start in range(0, len(images), ROWS_AT_ONCE):
        part = images[start : start + ROWS_AT_ONCE].astype(np.int64)
        total += part.sum(axis=0)
        squares += (part**2).sum(axis=0)
    mean = total / len(images)
    return PixelMoments(mean, np.sqrt(np.maximum(squares / len(images) - mean**2, 0)))


def picture_difference(before: PixelMoments, now: PixelMoments) -> float:
    """Return the root mean square over pixels of their standardised mean differences.

    A pixel's spread counts as one grey level at least: an edge that is always blank must not
    weigh infinitely when one image touches it.
    """
    import numpy as np

    spread = np.maximum(np.sqrt((before.std**2 + now.std**2) / 2), 1.0)
    return float(np.sqrt((((now.mean - before.mean) / spread) ** 2).mean()))


def inks(images: "np.ndarray") -> "np.ndarray":
    """Return each image's mean grey level, float64 (n,), 0 to 255."""
    import numpy as np

    means: np.ndarray = images.reshape(len(images), -1).mean(axis=1, dtype=np.float64)
    return means


def compare_training_sets(
    images_before: "np.ndarray",
    labels_before: "np.ndarray",
    images_now: "np.ndarray",
    labels_now: "np.ndarray",
) -> Drift:
    """Measure how far a training set lies from an earlier one.

    Parameters
    ----------
    images_before, images_now : uint8 arrays, shape (n, height, width), one size for both
    labels_before, labels_now : int arrays, shape (n,)
    """
    import numpy as np

    classes = np.union1d(labels_before, labels_now)
    before, now = (_shares(labels, classes) for labels in (labels_before, labels_now))
    ink_before, ink_now = inks(images_before), inks(images_now)
    low, high = np.quantile(ink_before, REFERENCE)
    outside = float(((ink_now < low) | (ink_now > high)).mean())
    pictures = pixel_moments(images_before), pixel_moments(images_now)
    rows = (
        ("class balance", "population stability index", stability_index(before, now),
         PSI_LIMIT, PSI_REASON),
        ("mean ink", "standardised mean difference (Cohen's d)",
         standardised_difference(ink_before, ink_now), EFFECT_LIMIT, EFFECT_REASON),
        ("mean picture", "standardised mean difference of the pixels, root mean square",
         picture_difference(*pictures), PIXEL_LIMIT, PIXEL_REASON),
        ("out of range", "share of images outside the champion's 99 % reference interval of ink",
         outside, OUTSIDE_LIMIT, OUTSIDE_REASON),
    )  # fmt: skip
    return Drift(
        n_before=len(labels_before),
        n_now=len(labels_now),
        classes=tuple(int(each) for each in classes),
        shares_before=tuple(before.tolist()),
        shares_now=tuple(now.tolist()),
        ink_before=float(ink_before.mean()),
        ink_now=float(ink_now.mean()),
        ink_range=(float(low), float(high)),
        outside=outside,
        statistics=tuple(
            DriftStatistic(name=name, statistic=statistic, value=value, limit=limit, reason=reason)
            for name, statistic, value, limit, reason in rows
        ),
    )


def _shares(labels: "np.ndarray", classes: "np.ndarray") -> "np.ndarray":
    shares: np.ndarray = (labels[:, None] == classes).mean(axis=0)
    return shares


@cached_task(name="measure drift")
def measure_drift(before: LabelledImages, now: LabelledImages) -> Drift:
    """Compare a run's training images with those the champion was fitted on."""
    return compare_training_sets(
        *(load_array(ref) for ref in (before.images, before.labels, now.images, now.labels))
    )
