"""Set slanted digits upright and in the middle, by the moments of their ink.

LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document
recognition", part III: an image is sheared by shifting its lines so that its principal axis
becomes vertical, which took their linear classifier from 12.0 % to 8.4 % test error.
"""

import numpy as np


def ink_moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the ink of each image lies and how it slants.

    Parameters
    ----------
    images : float32 array, shape (height, width, n)
        Larger is more ink; 0 is the background.

    Returns
    -------
    centres : float32 array, shape (2, n)
        Mean place (y, x) of the ink, in pixels; the middle of the frame without any ink.
    slants : float32 array, shape (n,)
        Pixels to the right for each pixel down: the covariance of x and y over the variance
        of y. 0 where the ink lies in one line of pixels.
    """
    height, width, _ = images.shape
    y = np.arange(height, dtype=np.float32)[:, np.newaxis] - np.float32((height - 1) / 2)
    x = np.arange(width, dtype=np.float32)[:, np.newaxis] - np.float32((width - 1) / 2)
    line_ink = images.sum(axis=1)
    line_x = (images * x).sum(axis=1)  # from the middle: small numbers lose fewer digits
    ink = np.maximum(line_ink.sum(axis=0), np.float32(1e-6))
    mean_y = (line_ink * y).sum(axis=0) / ink
    mean_x = line_x.sum(axis=0) / ink
    from_y = y - mean_y
    variance = (line_ink * from_y**2).sum(axis=0) / ink
    covariance = ((line_x - line_ink * mean_x) * from_y).sum(axis=0) / ink
    flat = variance < np.float32(1e-3)
    slants = np.where(flat, 0, covariance / np.where(flat, 1, variance)).astype(np.float32)
    return np.stack([mean_y + (height - 1) / 2, mean_x + (width - 1) / 2]), slants


def upright_maps(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the maps for `tasks.models.kernel_sgd.warp.affine_images` that set the images upright.

    Parameters
    ----------
    images : float32 array, shape (height, width, n)

    Returns
    -------
    matrices : float32 array, shape (2, 2, n)
    anchors : float32 array, shape (2, n)
    """
    centres, slants = ink_moments(images)
    matrices = np.zeros((2, 2, len(slants)), dtype=np.float32)
    matrices[0, 0] = matrices[1, 1] = 1
    matrices[1, 0] = slants
    return matrices, centres.astype(np.float32)
