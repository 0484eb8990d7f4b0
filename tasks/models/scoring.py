"""Score many batches of images by one model on all cores, with the scores of one core."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from tasks.models.fitting import class_scores, flatten
from tasks.models.kernel_sgd.classifier import StreamedKernelSGD
from tasks.models.records import ResponseMethod


def scores_of_many(
    model: Any, batches: Sequence[np.ndarray], response_method: ResponseMethod, *, n_jobs: int
) -> list[np.ndarray]:
    """Return the scores of several batches, each as `tasks.models.fitting.class_scores` gives them.

    Parameters
    ----------
    batches : sequence of uint8 arrays, shape (n, height, width)
    n_jobs : int
        Processor cores, -1 for all; it changes no score.

    Returns
    -------
    list of float64 arrays, shape (n, n_classes)
    """
    # a forest predicts on top of scikit-learn's Parallel, which swaps the filters of warnings
    # of the whole process: two at a time warn of each other. It is fast enough alone.
    workers = effective_n_jobs(n_jobs) if isinstance(model, StreamedKernelSGD) else 1
    # BLAS with threads of its own would make sums depend on their number
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        return list(
            pool.map(lambda images: class_scores(model, flatten(images), response_method), batches)
        )


def predictions_of_many(
    model: Any, batches: Sequence[np.ndarray], response_method: ResponseMethod, *, n_jobs: int
) -> list[np.ndarray]:
    """Return the predicted classes of several batches, each of shape (n,)."""
    found = scores_of_many(model, batches, response_method, n_jobs=n_jobs)
    return [model.classes_[scores.argmax(axis=1)] for scores in found]
