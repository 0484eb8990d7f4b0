"""Small square windows over an image, and maps of what happens to a model when one is changed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PER_SIDE = 7  # a window's side is about a seventh of the image's: 4 of 28 pixels, 1 of 8


class Windows(NamedTuple):
    """Square windows of `side` pixels that together cover an image, row by row."""

    side: int
    corners: tuple[tuple[int, int], ...]
    height: int
    width: int

    def at(self, place: int) -> tuple[slice, slice]:
        """Return the rows and columns of one window."""
        top, left = self.corners[place]
        return slice(top, top + self.side), slice(left, left + self.side)


def windows_over(height: int, width: int) -> Windows:
    """Lay windows over an image, each half a window beside the next, so that none is missed.

    Examples
    --------
    >>> windows_over(28, 28).side, len(windows_over(28, 28).corners)
    (4, 169)
    >>> windows_over(8, 8).side, len(windows_over(8, 8).corners)
    (1, 64)
    """
    side = max(1, round(min(height, width) / PER_SIDE))
    tops, lefts = (_starts(size, side) for size in (height, width))
    return Windows(side, tuple((top, left) for top in tops for left in lefts), height, width)


def map_of(windows: Windows, values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Give every pixel the mean of the values of the windows that cover it.

    Parameters
    ----------
    values : float sequence, one for each window

    Returns
    -------
    float64 array, shape (height, width)
    """
    total = np.zeros((windows.height, windows.width))
    count = np.zeros_like(total)
    for place, value in enumerate(values):
        total[windows.at(place)] += value
        count[windows.at(place)] += 1
    return total / count


def _starts(size: int, side: int) -> list[int]:
    last = size - side
    return sorted({*range(0, last, max(1, side // 2)), last})
