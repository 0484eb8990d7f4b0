# ruff: noqa: N803, N806 - X is what scikit-learn calls the rows
"""Histograms of oriented gradients of many images at once.

Dalal and Triggs (2005), "Histograms of oriented gradients for human detection". With
``interpolate=False`` the features are those of ``skimage.feature.hog`` (which takes one image
at a time); with it each gradient votes for the neighbouring orientations and cells in
proportion to its nearness, as the paper has it, so that a small move of a stroke changes
the features little.
"""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from tasks.models.kernel_sgd.image_rows import ImageSizeError, image_size, lanes_of, rows_of

MINI_BATCH = 256  # images; what is computed on stays in the processor's cache
CELLS_ACROSS = 7  # of a chosen cell size: 4 pixels for MNIST's 28


def fitting_cell(size: tuple[int, int]) -> int:
    """Return the cell size in pixels that gives seven cells across, but at least 2.

    Examples
    --------
    >>> fitting_cell((28, 28)), fitting_cell((8, 8))
    (4, 2)
    """
    return max(2, round(min(size) / CELLS_ACROSS))


def gradients(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return length and direction of each pixel's gradient, by central differences.

    Parameters
    ----------
    images : float32 array, shape (height, width, n)

    Returns
    -------
    lengths, angles : float32 arrays, shape (height, width, n)
        Angles in radians, from -pi to pi. The frame's outermost pixels have no difference
        across the frame: it counts as 0.
    """
    down, right = np.zeros_like(images), np.zeros_like(images)
    np.subtract(images[2:], images[:-2], out=down[1:-1])
    np.subtract(images[:, 2:], images[:, :-2], out=right[:, 1:-1])
    angles = np.arctan2(down, right)
    down *= down
    right *= right
    down += right
    return np.sqrt(down, out=down), angles


def oriented_channels(
    lengths: np.ndarray,
    angles: np.ndarray,
    orientations: int,
    *,
    interpolate: bool,
    signed: bool = False,
) -> np.ndarray:
    """Share each gradient's length out among the orientations, a half turn in all.

    Orientation k is the angles from k to k + 1 steps of ``pi / orientations``, or of
    ``2 * pi / orientations`` if `signed`. Interpolated, step k gets the share ``1 - distance``
    of each angle less than one step away.

    Returns
    -------
    float32 array, shape (orientations, height, width, n)
    """
    steps = angles * np.float32(orientations / (2 * np.pi if signed else np.pi))
    steps += (steps < 0) * np.float32(orientations)  # unsigned, an angle and its opposite are one
    channels = np.empty((orientations, *steps.shape), dtype=np.float32)
    if not interpolate:
        steps = steps.astype(np.int8)
        steps[steps == orientations] = 0
    share = _nearness if interpolate else _membership
    for k in range(orientations):
        np.multiply(lengths, share(steps, k, orientations), out=channels[k])
    return channels


def _membership(steps: np.ndarray, k: int, _: int) -> np.ndarray:
    member: np.ndarray = np.equal(steps, k)
    return member


def _nearness(steps: np.ndarray, k: int, orientations: int) -> np.ndarray:
    away = np.abs(steps - np.float32(k))
    if k == 0:  # the last step is the first one's neighbour
        np.minimum(away, orientations - away, out=away)
    return np.maximum(np.subtract(1, away, out=away), 0, out=away)


def cell_weights(n_pixels: int, cell_size: int, *, interpolate: bool) -> np.ndarray:
    """Return how much each pixel of a line counts for each cell along it.

    Returns
    -------
    float32 array, shape (n_pixels // cell_size, n_pixels)
        1 inside the cell and 0 outside; interpolated, 1 at the cell's middle and 0 at the
        middles of its neighbours.
    """
    pixels = np.arange(n_pixels) + 0.5
    middles = (np.arange(n_pixels // cell_size) + 0.5) * cell_size
    distances = np.abs(pixels - middles[:, np.newaxis]) / cell_size
    weights = np.maximum(0, 1 - distances) if interpolate else distances < 0.5
    return weights.astype(np.float32)


def cell_histograms(channels: np.ndarray, cell_size: int, *, interpolate: bool) -> np.ndarray:
    """Average the channels over cells; what is left over right and below counts for none.

    Parameters
    ----------
    channels : float32 array, shape (orientations, height, width, n)

    Returns
    -------
    float32 array, shape (orientations, height // cell_size, width // cell_size, n)
    """
    orientations, height, width, n = channels.shape
    down = cell_weights(height, cell_size, interpolate=interpolate) / np.float32(cell_size)
    right = cell_weights(width, cell_size, interpolate=interpolate) / np.float32(cell_size)
    lines = np.matmul(down, channels.reshape(orientations, height, width * n))
    histograms: np.ndarray = np.matmul(right, lines.reshape(orientations, len(down), width, n))
    return histograms


def normalised_blocks(
    histograms: np.ndarray, block_size: int, *, clip: float | None, floor: float
) -> np.ndarray:
    """Bring each block of cells to length 1; the paper's L2-Hys where `clip` is given.

    Blocks overlap: there is one at every cell.

    Parameters
    ----------
    histograms : float32 array, shape (orientations, n_down, n_right, n)
    clip : float or None
        Where to cut the numbers, before they are brought to length 1 again.
    floor : float
        Added in square, so that a block with hardly any gradient stays near 0.

    Returns
    -------
    float32 array, shape (blocks_down, blocks_right, block_size, block_size, orientations, n)
    """
    orientations, n_down, n_right, n = histograms.shape
    down, right = n_down - block_size + 1, n_right - block_size + 1
    shape = (down, right, block_size, block_size, orientations, n)
    blocks = np.empty(shape, dtype=np.float32)
    for i in range(block_size):
        for j in range(block_size):
            part = histograms[:, i : i + down, j : j + right]
            blocks[:, :, i, j] = part.transpose(1, 2, 0, 3)
    _to_length_1(blocks, floor)
    if clip is not None:
        np.minimum(blocks, np.float32(clip), out=blocks)
        _to_length_1(blocks, floor)
    return blocks


def _to_length_1(blocks: np.ndarray, floor: float) -> None:
    squares = np.einsum("abijkn,abijkn->abn", blocks, blocks)
    squares += np.float32(floor**2)
    np.sqrt(squares, out=squares)
    blocks /= squares[:, :, np.newaxis, np.newaxis, np.newaxis]


class HOG(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Histograms of oriented gradients as features for a classifier.

    Parameters
    ----------
    height : int, optional
        Pixel rows of one image; images are square when left out.
    orientations : int
        Directions told apart in a half turn, or in a whole one if `signed`.
    signed : bool
        Whether a gradient and its opposite are two directions: the left edge of a stroke is then
        not like its right one.
    cell_size : int, optional
        Pixels on the side of a cell; seven cells across, but at least 2 pixels, when left out.
    block_size : int
        Cells on the side of a block that is normalised together.
    interpolate : bool
        Whether a gradient is shared out among neighbouring orientations and cells.
    clip : float, optional
        Largest share of one number in its block, 0.2 in the paper; None for no limit.
    floor : float
        Gradient lengths below it, as a fraction of full contrast, count as noise.
    """

    signed = False  # of models that were stored before there was the parameter

    def __init__(  # noqa: PLR0913 - the method's own settings
        self,
        height: int | None = None,
        *,
        orientations: int = 8,
        signed: bool = False,
        cell_size: int | None = None,
        block_size: int = 2,
        interpolate: bool = True,
        clip: float | None = 0.2,
        floor: float = 0.01,
    ) -> None:
        self.height = height
        self.orientations = orientations
        self.signed = signed
        self.cell_size = cell_size
        self.block_size = block_size
        self.interpolate = interpolate
        self.clip = clip
        self.floor = floor

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Note the sizes; nothing is learned.

        Parameters
        ----------
        X : array, shape (n, height * width), 0-255
        y : ignored

        Raises
        ------
        ImageSizeError
            If the image has no room for one block of cells.
        """
        X = validate_data(self, X, dtype=[np.float32, np.uint8])
        self.image_size_ = image_size(X.shape[1], self.height)
        self.cell_size_ = self.cell_size or fitting_cell(self.image_size_)
        needed = self.cell_size_ * self.block_size
        if min(self.image_size_) < needed:
            height, width = self.image_size_
            raise ImageSizeError(
                f"Asked for blocks of {self.block_size} x {self.block_size} cells of "
                f"{self.cell_size_} pixels; the images are {width} x {height} pixels, and one "
                f"block needs {needed} x {needed}. Lower cell_size or block_size."
            )
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the features, the blocks from left to right and from top to bottom.

        Parameters
        ----------
        X : array, shape (n, height * width), 0-255

        Returns
        -------
        float32 array, shape (n, n_features), 0-1
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.uint8], reset=False)
        starts = range(0, len(X), MINI_BATCH)
        return np.concatenate([self._features(X[i : i + MINI_BATCH]) for i in starts])

    def _features(self, rows: np.ndarray) -> np.ndarray:
        images = lanes_of(rows, self.image_size_)
        images /= np.float32(255)
        channels = oriented_channels(
            *gradients(images),
            self.orientations,
            interpolate=self.interpolate,
            signed=self.signed,
        )
        histograms = cell_histograms(channels, self.cell_size_, interpolate=self.interpolate)
        return rows_of(
            normalised_blocks(histograms, self.block_size, clip=self.clip, floor=self.floor)
        )
