"""Gaussian kernels between rows, and the inverse covariance of a kernel's landmarks."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import cholesky
from scipy.linalg.lapack import dtrtri

BLOCK = 512  # rows worked on together by one thread, whatever the number of threads
JITTER = 1e-5  # keeps the kernel of two nearly equal landmarks invertible

Mapper = Callable[..., Any]


def squared_lengths(rows: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean length of each row of (n, n_features), shape (n,)."""
    lengths: np.ndarray = np.einsum("ij,ij->i", rows, rows)
    return lengths


def gaussian_kernel(
    rows: np.ndarray, landmarks: np.ndarray, lengths: np.ndarray, *, gamma: float
) -> np.ndarray:
    """Return ``exp(-gamma * squared distance)`` of every row to every landmark.

    Parameters
    ----------
    rows : float array, shape (n, n_features)
    landmarks : float array, shape (n_components, n_features)
    lengths : float array, shape (n_components,)
        `squared_lengths` of the landmarks.

    Returns
    -------
    array of the rows' type, shape (n, n_components), 0-1
    """
    kernel: np.ndarray = rows @ landmarks.T
    kernel *= 2
    kernel -= squared_lengths(rows)[:, np.newaxis]
    kernel -= lengths
    kernel *= gamma
    np.minimum(kernel, 0, out=kernel)  # rounding must not make a distance negative
    np.exp(kernel, out=kernel)
    return kernel


class Preconditioner:
    """Multiply gradients of kernel coefficients by an inverse covariance.

    With K the kernel of the m landmarks among each other, a gradient g becomes
    ``inv(K) inv(K / m + ridge) g``: the step of Nystroem's features ``k inv(sqrt(K))``, whose
    covariance is about K / m, divided by that covariance plus a ridge. By two Cholesky
    factors (Rudi, Carratino, Rosasco 2017): K = T'T and T T' / m + ridge = R'R make it ``V V' g``
    with V = inv(R T).
    """

    def __init__(
        self, landmarks: np.ndarray, *, gamma: float, ridge: float, spread: Mapper
    ) -> None:
        m = len(landmarks)
        landmarks = landmarks.astype(np.float64)  # float32 may round away what makes K invertible
        self.starts = range(0, m, BLOCK)
        lengths = squared_lengths(landmarks)
        kernel = np.zeros((m, m))

        def fill(i: int) -> None:
            block = landmarks[i : i + BLOCK]
            kernel[i : i + BLOCK] = gaussian_kernel(block, landmarks, lengths, gamma=gamma)

        list(spread(fill, self.starts))
        kernel[np.diag_indices(m)] += JITTER
        factor = cholesky(kernel, overwrite_a=True, check_finite=False)
        covariance = self._product(factor, factor.T, spread)
        covariance /= m
        covariance[np.diag_indices(m)] += ridge
        second = cholesky(covariance, overwrite_a=True, check_finite=False)
        both = self._product(second, factor, spread)
        del factor, second
        inverse, _ = dtrtri(both, overwrite_c=True)
        self.half_inverse = np.ascontiguousarray(inverse, dtype=np.float32)

    def apply(self, gradient: np.ndarray, spread: Mapper) -> np.ndarray:
        """Return the preconditioned gradient, float32 (n_components, n_classes)."""
        v = self.half_inverse  # upper triangular: what lies below the diagonal is not read
        columns = spread(
            lambda j: v[: j + BLOCK, j : j + BLOCK].T @ gradient[: j + BLOCK], self.starts
        )
        half = np.concatenate(list(columns))
        rows = spread(lambda i: v[i : i + BLOCK, i:] @ half[i:], self.starts)
        return np.concatenate(list(rows))

    def whiten(self, kernel: np.ndarray, spread: Mapper) -> np.ndarray:
        """Return ``kernel V``, float32 (n, n_components): about uncorrelated columns."""
        v = self.half_inverse
        columns = spread(
            lambda j: kernel[:, : j + BLOCK] @ v[: j + BLOCK, j : j + BLOCK], self.starts
        )
        return np.concatenate(list(columns), axis=1)

    def _product(self, left: np.ndarray, right: np.ndarray, spread: Mapper) -> np.ndarray:
        """Return the upper triangle of left @ right, where left is upper triangular."""
        product = np.zeros_like(left, order="C")

        def fill(i: int) -> None:
            product[i : i + BLOCK, i:] = left[i : i + BLOCK, i:] @ right[i:, i:]

        list(spread(fill, self.starts))
        return product
