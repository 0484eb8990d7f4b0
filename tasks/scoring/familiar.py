"""How far an image lies from the nearest training image of the class it is taken for.

Distance is Euclidean on slightly blurred pixels, a move of a stroke by a pixel being small then,
in the leading principal components and what they leave out. It needs nothing of the model, so
it means the same for each: an image that no training image of its class comes near.
"""

from typing import NamedTuple, Self

import numpy as np
from scipy import ndimage

EXPECTED = 0.01  # share of familiar images that are flagged
N_REFERENCES = 20_000
N_THRESHOLD = 5_000  # training images kept out of the references, to set the threshold on
N_AXES = 50
BLUR = 0.7 / 28  # standard deviation, in parts of an image's height
CHUNK = 512


class Neighbours(NamedTuple):
    """Reference images in principal components; fields as of `tasks.scoring.records.Familiar`."""

    mean: np.ndarray
    axes: np.ndarray
    references: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, labels: np.ndarray) -> Self:
        """Take references from a training set, those of `kept_out` left aside.

        Parameters
        ----------
        images : uint8 array, shape (n, height, width)
        labels : uint8 array, shape (n,)
        """
        inside = np.setdiff1d(np.arange(len(images)), kept_out(len(images)))
        chosen = inside[:: max(1, -(-len(inside) // N_REFERENCES))]
        pixels = _blurred(images[chosen])
        mean = pixels.mean(axis=0)
        covariance = np.cov((pixels - mean).T)
        axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :N_AXES].astype(np.float32)
        return cls(mean, np.ascontiguousarray(axes), (pixels - mean) @ axes, labels[chosen])

    def distances(self, images: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return for each image the distance to the nearest reference labelled as its answer.

        Parameters
        ----------
        images : uint8 array, shape (n, height, width)
        answers : int array, shape (n,)

        Returns
        -------
        float64 array, shape (n,)
            In grey values from 0 to 1; infinite for a class without a reference.
        """
        found = np.full(len(images), np.inf)
        for start in range(0, len(images), CHUNK):
            part = slice(start, start + CHUNK)
            pixels = _blurred(images[part]) - self.mean
            inside = pixels @ self.axes
            outside = (pixels**2).sum(axis=1) - (inside**2).sum(axis=1)
            for label in np.unique(answers[part]):
                rows = np.flatnonzero(answers[part] == label)
                others = self.references[self.labels == label]
                if len(others):
                    apart = _squared_distances(inside[rows], others).min(axis=1)
                    found[start + rows] = np.sqrt(np.maximum(apart + outside[rows], 0))
        return found


def kept_out(n_images: int) -> np.ndarray:
    """Return the rows of the training images that the threshold is set on."""
    return np.arange(0, n_images, max(4, n_images // N_THRESHOLD))


def threshold_of(near: Neighbours, images: np.ndarray, answers: np.ndarray) -> float:
    """Return the distance that a share of `EXPECTED` of the images kept out exceeds.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
        All training images.
    answers : uint8 array, shape (n,)
        What they are taken for out of fold.
    """
    rows = kept_out(len(images))
    return float(np.quantile(near.distances(images[rows], answers[rows]), 1 - EXPECTED))


def _blurred(images: np.ndarray) -> np.ndarray:
    sigma = BLUR * images.shape[1]
    smooth = ndimage.gaussian_filter(images.astype(np.float32) / 255, (0, sigma, sigma))
    rows: np.ndarray = smooth.reshape(len(images), -1)
    return rows


def _squared_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    distances: np.ndarray = (
        (some**2).sum(axis=1)[:, np.newaxis] + (others**2).sum(axis=1) - 2 * some @ others.T
    )
    return distances
