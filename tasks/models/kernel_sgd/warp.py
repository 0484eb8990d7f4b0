"""Move, turn and slant many images at once, each by an affine map of its own.

Images lie side by side (`tasks.models.kernel_sgd.image_rows.lanes_of`): float32 (height, width, n).
Places and vectors are (y, x) in pixels, +y down and +x right.
"""

import numpy as np


def affine_images(images: np.ndarray, matrices: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Read each image at ``matrix @ (place - centre of the frame) + anchor``, bilinearly.

    Parameters
    ----------
    images : float32 array, shape (height, width, n)
    matrices : float array, shape (2, 2, n)
        What a step of one pixel in the result is in the image.
    anchors : float array, shape (2, n)
        The place in the image that comes to the centre of the frame.

    Returns
    -------
    float32 array, shape (height, width, n)
        Outside an image lies 0, the background.
    """
    height, width, n = images.shape
    y, fy = _places(matrices[0], anchors[0], height, width, limit=height)
    x, fx = _places(matrices[1], anchors[1], height, width, limit=width)
    framed = np.zeros((height + 3, width + 3, n), dtype=np.float32)
    framed[1:-2, 1:-2] = images
    # index of the upper left neighbour: int32 suffices for a mini-batch and is read faster
    y *= (width + 3) * n
    y += x * np.int32(n)
    y += np.arange(n, dtype=np.int32)
    pixels = framed.ravel()
    upper = _between(pixels, y, y + np.int32(n), fx)
    y += np.int32((width + 3) * n)
    lower = _between(pixels, y, y + np.int32(n), fx)
    lower -= upper
    lower *= fy
    upper += lower
    return upper


def _places(
    row: np.ndarray, anchor: np.ndarray, height: int, width: int, *, limit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return one coordinate of every place: its whole part in the frame and the rest."""
    steps_y = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
    steps_x = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
    along_y = np.multiply.outer(steps_y, row[0]) + anchor
    along_x = np.multiply.outer(steps_x, row[1])
    places = (along_y[:, np.newaxis] + along_x).astype(np.float32)
    # one pixel of frame before the image, two behind: farther out all is 0 as well
    places += 1
    np.clip(places, 0, limit + 1, out=places)
    whole = places.astype(np.int32)
    places -= whole
    return whole, places


def _between(
    pixels: np.ndarray, left: np.ndarray, right: np.ndarray, share: np.ndarray
) -> np.ndarray:
    first: np.ndarray = pixels[left]
    step: np.ndarray = pixels[right]
    step -= first
    step *= share
    first += step
    return first
