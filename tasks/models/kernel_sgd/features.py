# ruff: noqa: N803, N806 - X is what scikit-learn calls the rows
"""The shape of a digit as numbers: set upright, then histograms of oriented gradients."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from tasks.models.kernel_sgd.deskew import upright_maps
from tasks.models.kernel_sgd.hog import HOG
from tasks.models.kernel_sgd.image_rows import image_size, lanes_of, rows_of
from tasks.models.kernel_sgd.warp import affine_images

MINI_BATCH = 256  # images; what is computed on stays in the processor's cache

# changes of the maps' matrices, float32 (2, 2, n), and shifts in pixels of the frame, (2, n)
Moves = tuple[np.ndarray, np.ndarray]


class ShapeFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Histograms of oriented gradients of upright images, and of jittered copies for training.

    A jittered copy is made by one random affine map after the image was set upright, in the
    same reading of its pixels, so it is no more blurred than the image itself.

    Parameters
    ----------
    height : int, optional
        Pixel rows of one image; images are square when left out.
    orientations, signed, cell_size, block_size, clip, floor
        As of `tasks.models.kernel_sgd.hog.HOG`.
    jitter : float
        Standard deviation of the four entries of the random map's matrix around the identity,
        and of its shift in quarters of the image's height.
    n_views : int
        Of `views`, by which a classifier scores an image: the image, and copies that are moved
        as for training, but all images alike. Without jitter there is one.
    """

    signed, n_views = False, 1  # of models that were stored before there were the parameters

    def __init__(  # noqa: PLR0913 - the methods' own settings
        self,
        height: int | None = None,
        *,
        orientations: int = 8,
        signed: bool = False,
        cell_size: int | None = None,
        block_size: int = 1,
        clip: float | None = None,
        floor: float = 0.01,
        jitter: float = 0.05,
        n_views: int = 1,
    ) -> None:
        self.height = height
        self.orientations = orientations
        self.signed = signed
        self.cell_size = cell_size
        self.block_size = block_size
        self.clip = clip
        self.floor = floor
        self.jitter = jitter
        self.n_views = n_views

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Note the sizes; nothing is learned.

        Parameters
        ----------
        X : array, shape (n, height * width), 0-255
        y : ignored

        Raises
        ------
        ImageSizeError
            If the rows do not fill an image, or it has no room for one block of cells.
        """
        X = validate_data(self, X, dtype=[np.float32, np.uint8])
        self.image_size_ = image_size(X.shape[1], self.height)
        self.hog_ = HOG(
            self.height,
            orientations=self.orientations,
            signed=self.signed,
            cell_size=self.cell_size,
            block_size=self.block_size,
            clip=self.clip,
            floor=self.floor,
        ).fit(X)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the features of the images as they are.

        Parameters
        ----------
        X : array, shape (n, height * width), 0-255

        Returns
        -------
        float32 array, shape (n, n_features)
        """
        return self._transform(X, None)

    def transform_for_training(self, X: Any, rng: np.random.Generator) -> np.ndarray:
        """Return the features of one jittered copy of each image, shaped as by `transform`."""
        return self._transform(X, partial(self._drawn, rng=rng) if self.jitter else None)

    def views(self, X: Any) -> Iterator[np.ndarray]:
        """Yield the features of each view of the images, each shaped as by `transform`.

        First of the images as they are, then of copies moved by maps that come in pairs of
        opposite changes, so that they cancel out on average.
        """
        yield self._transform(X, None)
        rng = np.random.default_rng(0)
        for view in range(1, self.n_views if self.jitter else 1):
            if view % 2:
                changes, shifts = self._drawn(1, rng)
            else:
                changes, shifts = -changes, -shifts
            yield self._transform(X, partial(_for_all, changes, shifts))

    def _transform(self, X: Any, moves: Callable[[int], Moves] | None) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.uint8], reset=False)
        features = np.empty((0, 0), dtype=np.float32)
        for start in range(0, len(X), MINI_BATCH):
            images = lanes_of(X[start : start + MINI_BATCH], self.image_size_)
            matrices, anchors = upright_maps(images)
            if moves is not None:
                matrices, anchors = _moved(matrices, anchors, *moves(images.shape[-1]))
            upright = affine_images(images, matrices, anchors)
            part = self.hog_.transform(rows_of(upright))
            if not start:  # filled, not joined, which would take twice the memory
                features = np.empty((len(X), part.shape[1]), dtype=np.float32)
            features[start : start + MINI_BATCH] = part
        return features

    def _drawn(self, n: int, rng: np.random.Generator) -> Moves:
        changes = rng.normal(0, self.jitter, (2, 2, n)).astype(np.float32)
        quarter = self.image_size_[0] / 4
        return changes, rng.normal(0, self.jitter * quarter, (2, n)).astype(np.float32)


def _for_all(changes: np.ndarray, shifts: np.ndarray, n: int) -> Moves:
    return np.repeat(changes, n, axis=2), np.repeat(shifts, n, axis=1)


def _moved(
    matrices: np.ndarray, anchors: np.ndarray, changes: np.ndarray, shifts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    entries = changes.copy()
    entries[0, 0] += 1
    entries[1, 1] += 1
    matrices = np.einsum("ijn,jkn->ikn", matrices, entries)
    return matrices, anchors + np.einsum("ijn,jn->in", matrices, shifts)
