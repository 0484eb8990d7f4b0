"""Rows of pixels, as scikit-learn passes them, seen as images again."""

from math import isqrt

import numpy as np

from engine.errors import PlainError


class ImageSizeError(PlainError, ValueError):
    """Images of this size or shape cannot be served."""


def image_size(n_pixels: int, height: int | None = None) -> tuple[int, int]:
    """Return (height, width) in pixels of an image that is flattened to `n_pixels`.

    Parameters
    ----------
    height : int, optional
        Taken as the square's side when left out.

    Raises
    ------
    ImageSizeError
        If the pixels do not fill an image of that height.

    Examples
    --------
    >>> image_size(784)
    (28, 28)
    >>> image_size(12, height=3)
    (3, 4)
    """
    rows = isqrt(n_pixels) if height is None else height
    if rows < 1 or n_pixels % rows or (height is None and rows * rows != n_pixels):
        asked = "square images" if height is None else f"images {height} pixels high"
        raise ImageSizeError(
            f"Asked for {asked}; found rows of {n_pixels} pixels, which do not fill one. "
            "Pass height, the number of pixel rows of one image."
        )
    return rows, n_pixels // rows


def lanes_of(rows: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Lay images side by side: the image's number is the last axis.

    Pixel by pixel work then runs over contiguous numbers, whichever way it goes through
    the image.

    Parameters
    ----------
    rows : array, shape (n, height * width)

    Returns
    -------
    float32 array, shape (height, width, n), contiguous
    """
    return np.ascontiguousarray(rows.T, dtype=np.float32).reshape(*size, len(rows))


def rows_of(lanes: np.ndarray) -> np.ndarray:
    """Undo `lanes_of`: (..., n) becomes rows (n, product of the others), contiguous."""
    return np.ascontiguousarray(lanes.reshape(-1, lanes.shape[-1]).T)
