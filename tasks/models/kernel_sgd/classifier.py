# ruff: noqa: N803, N806 - X is what scikit-learn calls the rows
"""A kernel classifier trained by averaged stochastic gradient descent over a stream.

The classifier is a sum of Gaussian bumps around landmarks, some of the training images:
Nystroem's approximation of a kernel machine (Williams and Seeger 2001). Plain gradient
steps on it crawl along the directions in which the kernel hardly varies, so each mini-batch
gradient is multiplied by the inverse of the landmarks' own covariance, as in EigenPro (Ma and
Belkin 2019) and FALKON (Rudi, Carratino, Rosasco 2017); a few passes then suffice. Features
and kernel are computed for a mini-batch at a time and not kept: memory depends on
the number of landmarks, not of images.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from scipy.linalg import eigvalsh
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from tasks.models.kernel_sgd.preconditioner import Preconditioner, gaussian_kernel, squared_lengths
from tasks.models.memory import require_memory

CHUNK = 256  # rows worked on together by one thread, whatever the number of threads
SQUARES = 4  # matrices in float64 that are alive at once while the preconditioner is made
BYTES_OF_A_ROW = 100_000  # an image of 28 x 28 pixels in 8 orientations, three times in float32
AVERAGING = 4  # weight of step t in the average grows as its fourth power

Mapper = Callable[..., Any]


class StreamedKernelSGD(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Softmax regression on a Gaussian kernel map, by averaged preconditioned SGD.

    The same data and `random_state` give bitwise the same scores for any `n_jobs`.

    Parameters
    ----------
    features : transformer, optional
        Applied to each mini-batch of rows, such as `tasks.models.kernel_sgd.hog.HOG`;
        its ``fit`` may learn only sizes. None takes the rows as they are. One with a method
        ``transform_for_training(rows, rng)``, as
        `tasks.models.kernel_sgd.features.ShapeFeatures` has, transforms training rows by that:
        it may change them at random. One with a method ``views(rows)`` gives several features
        for the same rows when they are scored: their scores are averaged.
    n_components : int
        Landmarks, drawn at random from the training rows.
    gamma : float
        The kernel of two rows is ``exp(-gamma * squared distance)`` of their features.
    ridge : float
        Added to the covariance in the preconditioner: directions in which the kernel varies
        less than this are learned slowly.
    learning_rate : float
        In parts of the largest step that cannot overshoot on a mini-batch.
    epochs : int
        Passes of `fit` over all rows, each in a new random order.
    batch_size : int
        Rows in one step.
    random_state : int, RandomState or None
    n_jobs : int, optional
        Threads; -1 for all cores.

    Attributes
    ----------
    classes_ : array, shape (n_classes,)
    landmarks_ : float32 array, shape (n_components, n_features)
    coef_ : float32 array, shape (n_components, n_classes)
        The averaged coefficients, with which rows are scored.
    """

    def __init__(  # noqa: PLR0913 - the method's own settings
        self,
        features: Any = None,
        *,
        n_components: int = 3000,
        gamma: float = 0.03,
        ridge: float = 1e-5,
        learning_rate: float = 1.0,
        epochs: int = 3,
        batch_size: int = 1024,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.features = features
        self.n_components = n_components
        self.gamma = gamma
        self.ridge = ridge
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Self:
        """Draw the landmarks and pass `epochs` times over the rows in random order.

        Parameters
        ----------
        X : array, shape (n, n_inputs)
        y : array, shape (n,)
        """
        X, y = validate_data(self, X, y, dtype=[np.float32, np.uint8])
        check_classification_targets(y)
        classes, targets = np.unique(y, return_inverse=True)
        self._begin(X, classes)
        with _threads(self.n_jobs) as spread:
            preconditioner = Preconditioner(
                self.landmarks_, gamma=self.gamma, ridge=self.ridge, spread=spread
            )
            for _ in range(self.epochs):
                self._pass_over(X, targets, preconditioner, spread)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return one score per row and class, larger for the likelier one.

        Parameters
        ----------
        X : array, shape (n, n_inputs)

        Returns
        -------
        float64 array, shape (n, n_classes)
            With two classes shape (n,): positive for the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.uint8], reset=False)
        chunks = [slice(i, i + CHUNK) for i in range(0, len(X), CHUNK)]
        # in float32 the sums of a row depend on its place among the others in the 7th digit
        landmarks, coef = self.landmarks_.astype(np.float64), self.coef_.astype(np.float64)
        lengths = squared_lengths(landmarks)

        def scores_of(rows: np.ndarray) -> np.ndarray:
            scores = [
                gaussian_kernel(view.astype(np.float64), landmarks, lengths, gamma=self.gamma)
                @ coef
                for view in self._views(rows)
            ]
            mean: np.ndarray = np.mean(scores, axis=0)
            return mean

        with _threads(self.n_jobs) as spread:
            scores = np.concatenate(list(spread(scores_of, (X[chunk] for chunk in chunks))))
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> np.ndarray:
        """Return the class with the largest score for each row, shape (n,)."""
        scores = self.decision_function(X)
        best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        predicted: np.ndarray = self.classes_[best]
        return predicted

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return one probability per row and class: the softmax of the scores.

        Parameters
        ----------
        X : array, shape (n, n_inputs)

        Returns
        -------
        float64 array, shape (n, n_classes), rows that sum to 1
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
        return softmax(scores)

    def _begin(self, X: np.ndarray, classes: np.ndarray) -> None:
        if len(classes) < 2:
            raise ValueError(f"Asked to tell classes apart; found one class only: {classes[0]!r}.")
        self.classes_ = classes
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self._rng = np.random.default_rng(seed)
        n_components = min(self.n_components, len(X))
        require_memory(
            kernel_sgd_bytes(n_components, n_jobs=self.n_jobs),
            f"Fitting with n_components={n_components}",
            "Lower n_components, which counts in square, or free some memory.",
        )
        self.features_ = None if self.features is None else clone(self.features).fit(X[:1])
        drawn = self._rng.permutation(len(X))[:n_components]
        self.landmarks_ = self._featurise(X[np.sort(drawn)], self._rng)
        self._lengths = squared_lengths(self.landmarks_)
        self._latest = np.zeros((len(self.landmarks_), len(classes)), dtype=np.float32)
        self.coef_ = self._latest.copy()
        self.n_steps_ = 0

    def _pass_over(
        self, X: np.ndarray, targets: np.ndarray, preconditioner: Preconditioner, spread: Mapper
    ) -> None:
        order = self._rng.permutation(len(X))
        n_batches = max(1, round(len(order) / self.batch_size))
        batches = np.array_split(order, n_batches)  # equally large: no step is a noisy one
        if not self.n_steps_:
            self._set_step_size(X[batches[0]], preconditioner, spread)
        for batch in batches:
            gradient = self._mean_gradient(X[batch], targets[batch], spread)
            self._step(preconditioner.apply(gradient, spread))

    def _set_step_size(
        self, rows: np.ndarray, preconditioner: Preconditioner, spread: Mapper
    ) -> None:
        """Choose the step that cannot overshoot on a mini-batch such as this one.

        Softmax's curvature is at most half the features' covariance (Boehning 1992); its
        largest eigenvalue over these rows bounds the step, as in EigenPro.
        """
        whitened = preconditioner.whiten(self._kernel(self._featurise(rows)), spread)
        largest = eigvalsh(whitened @ whitened.T)[-1] / len(rows)
        self.step_size_ = self.learning_rate * 2 / float(largest)
        self._full_batch = len(rows)

    def _mean_gradient(self, rows: np.ndarray, targets: np.ndarray, spread: Mapper) -> np.ndarray:
        chunks = [slice(i, i + CHUNK) for i in range(0, len(rows), CHUNK)]
        parts = spread(
            self._gradient,
            [rows[chunk] for chunk in chunks],
            [targets[chunk] for chunk in chunks],
            self._rng.spawn(len(chunks)),
        )
        mean: np.ndarray = np.sum(list(parts), axis=0) / np.float32(
            max(len(rows), self._full_batch)
        )
        return mean

    def _step(self, direction: np.ndarray) -> None:
        self._latest -= np.float32(self.step_size_) * direction
        self.n_steps_ += 1
        # polynomial-decay averaging, Shamir and Zhang 2013: early steps count ever less
        share = (AVERAGING + 1) / (self.n_steps_ + AVERAGING)
        self.coef_ += np.float32(share) * (self._latest - self.coef_)

    def _gradient(
        self, rows: np.ndarray, targets: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        kernel = self._kernel(self._featurise(rows, rng))
        residual = softmax(kernel @ self._latest)
        residual[np.arange(len(targets)), targets] -= 1
        gradient: np.ndarray = kernel.T @ residual
        return gradient

    def _featurise(self, rows: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        if self.features_ is None:
            made = rows
        elif rng is not None and hasattr(self.features_, "transform_for_training"):
            made = self.features_.transform_for_training(rows, rng)
        else:
            made = self.features_.transform(rows)
        return np.ascontiguousarray(made, dtype=np.float32)

    def _views(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        if self.features_ is not None and hasattr(self.features_, "views"):
            yield from self.features_.views(rows)
        else:
            yield self._featurise(rows)

    def _kernel(self, features: np.ndarray) -> np.ndarray:
        return gaussian_kernel(features, self.landmarks_, self._lengths, gamma=self.gamma)


def kernel_sgd_bytes(n_components: int, *, n_jobs: int | None = None) -> int:
    """Return about how much memory a fit takes at most, beside the rows it is given.

    It grows with the square of `n_components`, for the preconditioner is made of square
    matrices, and not with the number of rows.
    """
    squares = SQUARES * 8 * n_components**2
    chunks = int(effective_n_jobs(n_jobs)) * CHUNK * (3 * 4 * n_components + BYTES_OF_A_ROW)
    return squares + chunks


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores (n, n_classes) into probabilities in place and return them."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


@contextmanager
def _threads(n_jobs: int | None) -> Iterator[Mapper]:
    """Give a `map` over threads, each of which computes alone.

    Chunks are the same for any number of threads and sums are made in the chunks' order,
    so the number changes no result. BLAS with threads of its own would break that.
    """
    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(effective_n_jobs(n_jobs)) as pool,
    ):
        yield pool.map
