"""The ground of images: whether light and dark are where the training images have them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MOST_GROUND_MOVES = 64  # grey levels of 255; the edge of an inverted image moves by far more
MIDDLE = 127.5  # what inverting turns about
ROWS_AT_ONCE = 4096  # so that few images at a time are held as floating-point numbers


def mean_ground(images: "np.ndarray") -> float:
    """Return the mean grey value of the outermost pixels, where seldom anything is written."""
    return float(images[:, _edge(images.shape[1:])].mean())


def inverted_images(images: "np.ndarray", usual: "np.ndarray") -> "np.ndarray":
    """Tell which images would be nearer to the mean training image if they were inverted.

    Their edge must have moved too, so an image that is mostly ink is not taken for one.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    usual : float array, shape (height, width)
        Mean of the training images.

    Returns
    -------
    inverted : bool array, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> usual = np.pad([[200.0]], 1)
    >>> image = usual.astype(np.uint8)
    >>> inverted_images(np.stack([image, 255 - image, image // 2]), usual).tolist()
    [False, True, False]
    """
    import numpy as np

    edge = _edge(usual.shape)
    weights = (usual - MIDDLE).ravel()
    nearer = np.empty(len(images), bool)
    for start in range(0, len(images), ROWS_AT_ONCE):
        rows = images[start : start + ROWS_AT_ONCE].reshape(-1, usual.size)
        # |255 - x - u| < |x - u|, as sums of squares, is (x - 127.5) . (u - 127.5) < 0
        nearer[start : start + len(rows)] = (rows - MIDDLE) @ weights < 0
    moved = np.abs(images[:, edge].mean(axis=1) - usual[edge].mean())
    return np.asarray(nearer & (moved > MOST_GROUND_MOVES), bool)


def _edge(size: tuple[int, ...]) -> "np.ndarray":
    import numpy as np

    edge = np.ones(size, bool)
    edge[1:-1, 1:-1] = False
    return edge
