"""Fit and score one estimator, with what it cost and what it warned of."""

import ctypes
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from tasks.models.records import ResponseMethod

M_MMAP_THRESHOLD = -3  # glibc's malloc.h


class Fit(NamedTuple):
    """A fitted estimator with its wall-clock seconds and distinct warnings, in order."""

    model: Any
    seconds: float
    warnings: tuple[str, ...]


def fit_timed(estimator: BaseEstimator, pixels: np.ndarray, labels: np.ndarray) -> Fit:
    """Fit an estimator and keep its warnings as text instead of printing them.

    Parameters
    ----------
    pixels : uint8 array, shape (n, n_pixels)
    labels : uint8 array, shape (n,)
    """
    _return_freed_memory()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        model = estimator.fit(pixels, labels)
        seconds = time.perf_counter() - start
    texts = dict.fromkeys(f"{each.category.__name__}: {each.message}" for each in caught)
    return Fit(model, seconds, tuple(texts))


def class_scores(model: Any, pixels: np.ndarray, response_method: ResponseMethod) -> np.ndarray:
    """Return one score per image and class; larger means more likely that class.

    Parameters
    ----------
    pixels : uint8 array, shape (n, n_pixels)

    Returns
    -------
    float64 array, shape (n, n_classes)
        With two classes a ``decision_function`` gives one column; its negative stands
        first, so that the predicted class is the larger column for any model.
    """
    _score_in_one_thread(model)
    scores = np.asarray(getattr(model, response_method)(pixels), dtype=np.float64)
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def _return_freed_memory() -> None:
    """Let glibc give the arrays of one fit back before the next one begins.

    Its threshold grows with the arrays that are freed, so that a forest's trees end on the
    heap and leave holes: the second fit of a run then peaked at 2.85 GB instead of 2.42 GB.
    Elsewhere than on glibc there is nothing to do.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(M_MMAP_THRESHOLD, 2**20)


def _score_in_one_thread(model: Any) -> None:
    """Make sums of many trees' votes independent of the order in which threads end."""
    names = [name for name in model.get_params() if name.rpartition("__")[2] == "n_jobs"]
    model.set_params(**dict.fromkeys(names, 1))


def flatten(images: np.ndarray) -> np.ndarray:
    """View images (n, height, width) as rows of pixels (n, height * width)."""
    return images.reshape(len(images), -1)
