"""Shifted copies of every training image, at places from which their source is known."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from tasks.data.records import LabelledImages, TrainingSet
from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np


def shift_offsets(shift: int) -> tuple[tuple[int, int], ...]:
    """Return (dx, dy) of the variants in order: the original, left, right, up, down.

    Examples
    --------
    >>> shift_offsets(1)
    ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
    >>> shift_offsets(0)
    ((0, 0),)
    """
    if shift == 0:
        return ((0, 0),)
    return ((0, 0), (-shift, 0), (shift, 0), (0, -shift), (0, shift))


def shift_images(images: "np.ndarray", *, dx: int, dy: int) -> "np.ndarray":
    """Move images by whole pixels and fill what comes free with 0, the background.

    Parameters
    ----------
    images : array, shape (n, height, width)
    dx, dy : int
        Pixels; +x is right, +y is down. What leaves the frame is lost.

    Returns
    -------
    array of the same shape and dtype
    """
    import numpy as np

    shifted = np.zeros_like(images)
    height, width = images.shape[1:]
    if abs(dx) >= width or abs(dy) >= height:
        return shifted
    to_y, from_y = _overlap(dy, height)
    to_x, from_x = _overlap(dx, width)
    shifted[:, to_y, to_x] = images[:, from_y, from_x]
    return shifted


def stack_shifted(images: "np.ndarray", offsets: tuple[tuple[int, int], ...]) -> "np.ndarray":
    """Stack one shifted copy of all images per offset, variant by variant.

    Parameters
    ----------
    images : array, shape (n, height, width)
    offsets : tuple of (dx, dy) in pixels

    Returns
    -------
    array, shape (len(offsets) * n, height, width)
        Row ``v * n + i`` is image i moved by ``offsets[v]``.
    """
    import numpy as np

    n = len(images)
    stacked = np.empty((len(offsets) * n, *images.shape[1:]), dtype=images.dtype)
    for variant, (dx, dy) in enumerate(offsets):
        stacked[variant * n : (variant + 1) * n] = shift_images(images, dx=dx, dy=dy)
    return stacked


def _overlap(move: int, size: int) -> tuple[slice, slice]:
    """Return the target and the source slice of one axis moved by `move` pixels."""
    return slice(max(move, 0), size + min(move, 0)), slice(max(-move, 0), size - max(move, 0))


@cached_task(name="augment", run_name="augment by {shift} px")
def augment(train: LabelledImages, shift: int) -> TrainingSet:
    """Stack the training images and their four copies shifted by `shift` pixels.

    Raises
    ------
    DataError
        If the shift would move a whole image out of its frame.
    """
    import numpy as np

    height, width = train.images.shape[1:]
    if shift >= min(height, width):
        raise DataError(
            f"Asked to shift by {shift} pixels; the images are {width} x {height} pixels, so "
            f"nothing would be left of them. Choose --shift below {min(height, width)}."
        )
    offsets = shift_offsets(shift)
    if len(offsets) == 1:
        return TrainingSet(stacked=train, n_sources=train.n_images, offsets=offsets)
    images = stack_shifted(load_array(train.images), offsets)
    labels = np.tile(load_array(train.labels), len(offsets))
    stacked = LabelledImages(rows=save_array(images), labels=save_array(labels))
    return TrainingSet(stacked=stacked, n_sources=train.n_images, offsets=offsets)
