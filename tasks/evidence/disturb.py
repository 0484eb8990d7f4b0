"""Disturbed images: shifted, turned, blurred and noisy.

Images are uint8 (n, height, width), 0-255 with 0 as background; so is what is returned.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from tasks.data.augment import shift_images


class Kind(NamedTuple):
    """A way to disturb images, its strengths in increasing order, and their unit.

    `disturb` takes images, one strength and a seed; strength 0 gives the images as they are.
    """

    name: str
    strengths: tuple[float, ...]
    unit: str
    disturb: Callable[[np.ndarray, float, int], np.ndarray]


def rotate_images(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn images about the middle of their frame, counter-clockwise, read bilinearly.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    degrees : float
        What leaves the frame is lost; what comes in is background.
    """
    turned = ndimage.rotate(images.astype(np.float32), degrees, axes=(1, 2), reshape=False, order=1)
    return _as_pixels(turned)


def blur_images(images: np.ndarray, sigma: float) -> np.ndarray:
    """Blur images by a Gaussian; mirrored at the frame, so that no ink is lost.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    sigma : float
        Standard deviation in pixels, 0 or more.
    """
    blurred = ndimage.gaussian_filter(images.astype(np.float32), (0, sigma, sigma), mode="reflect")
    return _as_pixels(blurred)


def add_noise(images: np.ndarray, sigma: float, *, seed: int) -> np.ndarray:
    """Add independent normal noise to every pixel and cut off what is below 0 or above 255.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    sigma : float
        Standard deviation in grey levels, 0 or more.
    seed : int
    """
    drawn = np.random.default_rng(seed).normal(0, 1, images.shape)
    return _as_pixels(images + sigma * drawn)


def _as_pixels(images: np.ndarray) -> np.ndarray:
    pixels: np.ndarray = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return pixels


_PIXELS = (0.0, 1.0, 2.0, 3.0)

KINDS = (
    Kind("moved left", _PIXELS, "px", lambda i, s, _: shift_images(i, dx=-int(s), dy=0)),
    Kind("moved right", _PIXELS, "px", lambda i, s, _: shift_images(i, dx=int(s), dy=0)),
    Kind("moved up", _PIXELS, "px", lambda i, s, _: shift_images(i, dx=0, dy=-int(s))),
    Kind("moved down", _PIXELS, "px", lambda i, s, _: shift_images(i, dx=0, dy=int(s))),
    Kind("turned left", (0.0, 10.0, 20.0, 30.0), "degrees", lambda i, s, _: rotate_images(i, s)),
    Kind("turned right", (0.0, 10.0, 20.0, 30.0), "degrees", lambda i, s, _: rotate_images(i, -s)),
    Kind("blurred", (0.0, 0.5, 1.0, 1.5, 2.0), "px", lambda i, s, _: blur_images(i, s)),
    Kind(
        "noisy",
        (0.0, 20.0, 40.0, 60.0, 80.0),
        "grey levels",
        lambda i, s, seed: add_noise(i, s, seed=seed),
    ),
)
