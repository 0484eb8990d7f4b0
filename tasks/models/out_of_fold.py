"""Scores of rows by a model that did not see them: of one fold, and of all folds together."""

import time
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from tasks.models.records import CandidateSpec, FoldScores, OutOfFold

if TYPE_CHECKING:
    import numpy as np

    from tasks.models.fitting import Fit


def score_fold(  # noqa: PLR0913 - a fit and the fold it did not see
    spec: CandidateSpec,
    fit: "Fit",
    rows: "np.ndarray",
    labels: "np.ndarray",
    *,
    fold: int,
    validation: "np.ndarray",
    n_train: int,
) -> FoldScores:
    """Score a fold by a fit without it.

    Parameters
    ----------
    rows, labels : arrays
        What the estimator takes, and the classes, of the fold alone.
    fold : int
        Its number.
    validation : int64 array
        Its place among all rows.
    n_train : int
        Rows that were fitted.
    """
    import numpy as np

    from tasks.models.fitting import class_scores

    start = time.perf_counter()
    scores = class_scores(fit.model, rows, spec.response_method)
    score_seconds = time.perf_counter() - start
    predicted = fit.model.classes_[scores.argmax(axis=1)]
    return FoldScores(
        candidate=spec.name,
        fold=fold,
        scores=save_array(scores),
        validation_index=save_array(validation),
        accuracy=float(np.mean(predicted == labels)),
        n_train=n_train,
        fit_seconds=fit.seconds,
        score_seconds=score_seconds,
        warnings=fit.warnings,
    )


@cached_task(name="gather out-of-fold scores", run_name="gather {spec.name}")
def gather_out_of_fold(
    spec: CandidateSpec, folds: tuple[FoldScores, ...], labels: ArrayRef
) -> OutOfFold:
    """Put the folds' scores back into the order of the training set."""
    import numpy as np

    classes = np.unique(load_array(labels))
    scores = np.full((labels.shape[0], len(classes)), np.nan)
    for fold in folds:
        scores[load_array(fold.validation_index)] = load_array(fold.scores)
    if np.isnan(scores).any():
        message = f"The folds of {spec.name} leave rows without a score: {len(folds)} folds."
        raise ValueError(message)
    return OutOfFold(
        candidate=spec,
        classes=tuple(int(each) for each in classes),
        scores=save_array(scores),
        folds=tuple(fold.validation_index for fold in folds),
        fold_accuracies=tuple(fold.accuracy for fold in folds),
        fit_seconds=tuple(fold.fit_seconds for fold in folds),
        n_train=folds[0].n_train,
        warnings=tuple(dict.fromkeys(text for fold in folds for text in fold.warnings)),
    )
