"""Candidate specification -> unfitted scikit-learn estimator.

Every estimator takes flattened pixels, uint8 (n, height * width) in 0-255, and converts
them itself, so a fitted model can be given an image as it is stored.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tasks.hog_sgd import build_hog_sgd
from tasks.records import CandidateSpec


def build_estimator(spec: CandidateSpec, *, seed: int, n_jobs: int) -> BaseEstimator:
    """Return the candidate's estimator, unfitted.

    Parameters
    ----------
    spec : CandidateSpec
    seed : int
        Becomes every ``random_state``.
    n_jobs : int
        Processor cores to use while fitting, -1 for all; it changes no prediction.
    """
    return _BUILDERS[spec.builder](random_state=seed, n_jobs=n_jobs, **dict(spec.parameters))


def scale_pixels(pixels: np.ndarray) -> np.ndarray:
    """Bring pixels from 0-255 to 0-1 in float32, which SGD fits several times faster.

    Parameters
    ----------
    pixels : array, shape (n, n_pixels), 0-255

    Returns
    -------
    float32 array of the same shape, 0-1
    """
    scaled: np.ndarray = np.divide(pixels, 255, dtype=np.float32)  # no copy in between
    return scaled


def coarsen_pixels(pixels: np.ndarray, grey_levels: int) -> np.ndarray:
    """Keep only some levels of grey, equally wide, so that a tree has fewer values to sort.

    Parameters
    ----------
    pixels : uint8 array, shape (n, n_pixels), 0-255
    grey_levels : int
        A divisor of 256.

    Returns
    -------
    float32 array of the same shape, 0 to ``grey_levels - 1``
        In the type the forest works on: any other would be copied once more.
    """
    coarse: np.ndarray = np.floor_divide(pixels, 256 // grey_levels, dtype=np.float32)
    return coarse


def _sgd(**parameters: Any) -> Pipeline:
    return make_pipeline(FunctionTransformer(scale_pixels), SGDClassifier(**parameters))


def _random_forest(*, grey_levels: int, **parameters: Any) -> Pipeline:
    fewer = FunctionTransformer(coarsen_pixels, kw_args={"grey_levels": grey_levels})
    return make_pipeline(fewer, RandomForestClassifier(**parameters))


_BUILDERS: dict[str, Callable[..., BaseEstimator]] = {
    "sgd": _sgd,
    "random_forest": _random_forest,
    "hog_sgd": build_hog_sgd,
}
