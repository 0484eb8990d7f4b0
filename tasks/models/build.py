"""Candidate specification -> unfitted scikit-learn estimator.

Every estimator takes flattened pixels, uint8 (n, height * width) in 0-255, and converts
them itself, so a fitted model can be given an image as it is stored.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tasks.models.fitting import Fit, fit_timed, flatten
from tasks.models.kernel_sgd.classifier import StreamedKernelSGD
from tasks.models.kernel_sgd.features import ShapeFeatures
from tasks.models.memory import require_memory_to_fit
from tasks.models.records import CandidateSpec


def build_hog_sgd(  # noqa: PLR0913 - every setting of the candidate
    *,
    orientations: int = 8,
    signed: bool = False,
    n_views: int = 1,
    n_components: int,
    gamma: float,
    ridge: float,
    jitter: float,
    epochs: int,
    batch_size: int,
    random_state: int,
    n_jobs: int | None,
) -> StreamedKernelSGD:
    """Return the classifier of rows of pixels, unfitted.

    Parameters
    ----------
    n_components, gamma, ridge, epochs, batch_size, random_state, n_jobs
        As of `tasks.models.kernel_sgd.classifier.StreamedKernelSGD`.
    orientations, signed, n_views, jitter
        As of `tasks.models.kernel_sgd.features.ShapeFeatures`.
    """
    return StreamedKernelSGD(
        ShapeFeatures(orientations=orientations, signed=signed, jitter=jitter, n_views=n_views),
        n_components=n_components,
        gamma=gamma,
        ridge=ridge,
        epochs=epochs,
        batch_size=batch_size,
        random_state=random_state,
        n_jobs=n_jobs,
    )


def build_estimator(
    spec: CandidateSpec, *, seed: int, n_jobs: int, height: int | None = None
) -> BaseEstimator:
    """Return the candidate's estimator, unfitted.

    Parameters
    ----------
    spec : CandidateSpec
    seed : int
        Becomes every ``random_state``.
    n_jobs : int
        Processor cores to use while fitting, -1 for all; it changes no prediction.
    height : int, optional
        Pixel rows of one image, for an estimator that has a parameter of this name; such a one
        takes images for square when it is left out.
    """
    model = _BUILDERS[spec.builder](random_state=seed, n_jobs=n_jobs, **dict(spec.parameters))
    names = [name for name in model.get_params() if name.rpartition("__")[2] == "height"]
    return model.set_params(**dict.fromkeys(names, height))


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


class CoarseInk(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Keep the pixels that are not nearly always blank, at some levels of grey.

    A split of a tree then draws among pixels that can tell something, and needs fewer of them.

    Parameters
    ----------
    grey_levels : int
        As of `coarsen_pixels`.
    least_share : float in [0, 1]
        Pixels above the lowest level in fewer of the images are left out; those that are so
        most often stay in any case.

    Attributes
    ----------
    kept_ : int64 array
        Their places in a row of pixels.
    """

    def __init__(self, grey_levels: int = 8, least_share: float = 0.01) -> None:
        self.grey_levels = grey_levels
        self.least_share = least_share

    def fit(self, pixels: np.ndarray, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Find the pixels to keep in rows of pixels, uint8 (n, n_pixels), 0-255."""
        share = np.mean(pixels >= 256 // self.grey_levels, axis=0)
        self.kept_ = np.flatnonzero(share >= min(self.least_share, share.max()))
        return self

    def transform(self, pixels: np.ndarray) -> np.ndarray:
        """Return the kept pixels as of `coarsen_pixels`, float32 (n, n_kept)."""
        return coarsen_pixels(pixels.take(self.kept_, axis=1), self.grey_levels)


def _random_forest(*, grey_levels: int, least_share: float, **parameters: Any) -> Pipeline:
    ink = CoarseInk(grey_levels=grey_levels, least_share=least_share)
    return make_pipeline(ink, RandomForestClassifier(**parameters))


def _random_forest_hog(*, orientations: int, signed: bool, **parameters: Any) -> Pipeline:
    features = ShapeFeatures(orientations=orientations, signed=signed)
    return make_pipeline(features, RandomForestClassifier(**parameters))


_BUILDERS: dict[str, Callable[..., BaseEstimator]] = {
    "sgd": _sgd,
    "random_forest_hog": _random_forest_hog,
    "random_forest": _random_forest,
    "hog_sgd": build_hog_sgd,
}


def fit_candidate(  # noqa: PLR0913 - what is fitted, on what, and how
    spec: CandidateSpec,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    n_jobs: int,
    rows: np.ndarray | None = None,
) -> Fit:
    """Build a candidate's estimator and fit it, if there is memory enough.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    labels : uint8 array, shape (n,)
    n_jobs : int
        Processor cores, -1 for all.
    rows : int array, optional
        Those to fit on; all when left out.

    Raises
    ------
    TooLittleMemory
        With the estimate and what is available; nothing was started then.
    """
    pixels = flatten(images)
    require_memory_to_fit(
        spec,
        n_rows=len(labels) if rows is None else len(rows),
        n_pixels=pixels.shape[1],
        n_classes=len(np.unique(labels)),
        n_jobs=n_jobs,
    )
    if rows is not None:
        pixels, labels = pixels[rows], labels[rows]
    return fit_timed(
        build_estimator(spec, seed=seed, n_jobs=n_jobs, height=images.shape[1]), pixels, labels
    )
