"""Leak-free cross-validation: one fit per candidate and fold serves every later question."""

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from tasks.data.records import TrainingSet
from tasks.models.records import CandidateSpec, FoldScores, OutOfFold


@cached_task(
    name="cross-validate", run_name="cross-validate {spec.name} fold {fold}", ignoring=("n_jobs",)
)
def cross_validate_fold(  # noqa: PLR0913, PLR0917 - every one of them decides the result
    spec: CandidateSpec, fold: int, training: TrainingSet, n_splits: int, seed: int, n_jobs: int
) -> FoldScores:
    """Fit a candidate without one fold and score that fold's originals.

    The fold's images are unseen in any variant; only originals are scored.

    Parameters
    ----------
    fold : int in [0, n_splits)
    n_jobs : int
        Processor cores, -1 for all; not part of the cache key, as it changes no score.

    Raises
    ------
    TooLittleMemory
        If the fit would need more memory than there is.
    """
    import time

    import numpy as np

    from tasks.models.build import fit_candidate
    from tasks.models.fitting import class_scores, flatten
    from tasks.models.folds import training_rows, validation_folds

    images = load_array(training.stacked.images)
    labels = load_array(training.stacked.labels)
    n = training.n_sources
    validation = validation_folds(labels[:n], n_splits)[fold]
    rows = training_rows(validation, n_sources=n, n_variants=len(training.offsets))
    fit = fit_candidate(spec, images, labels, seed=seed, n_jobs=n_jobs, rows=rows)
    start = time.perf_counter()
    scores = class_scores(fit.model, flatten(images[validation]), spec.response_method)
    score_seconds = time.perf_counter() - start
    predicted = fit.model.classes_[scores.argmax(axis=1)]
    return FoldScores(
        candidate=spec.name,
        fold=fold,
        scores=save_array(scores),
        validation_index=save_array(validation),
        accuracy=float(np.mean(predicted == labels[validation])),
        n_train=len(rows),
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
        message = f"The folds of {spec.name} leave images without a score: {len(folds)} folds."
        raise ValueError(message)
    return OutOfFold(
        candidate=spec,
        classes=tuple(int(each) for each in classes),
        scores=save_array(scores),
        fold_accuracies=tuple(fold.accuracy for fold in folds),
        fit_seconds=tuple(fold.fit_seconds for fold in folds),
        n_train=folds[0].n_train,
        warnings=tuple(dict.fromkeys(text for fold in folds for text in fold.warnings)),
    )
