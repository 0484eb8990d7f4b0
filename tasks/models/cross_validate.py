"""Leak-free cross-validation: one fit per candidate and fold serves every later question."""

from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.data.records import TrainingSet
from tasks.models.memory import fold_bytes
from tasks.models.out_of_fold import score_fold
from tasks.models.records import CandidateSpec, FoldScores


@cached_task(
    name="cross-validate",
    run_name="cross-validate {spec.name} fold {fold}",
    ignoring=("n_jobs",),
    memory=fold_bytes,
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
    from tasks.models.build import fit_candidate
    from tasks.models.fitting import flatten
    from tasks.models.folds import training_rows, validation_folds

    images = load_array(training.stacked.images)
    labels = load_array(training.stacked.labels)
    n = training.n_sources
    validation = validation_folds(labels[:n], n_splits)[fold]
    rows = training_rows(validation, n_sources=n, n_variants=len(training.offsets))
    fit = fit_candidate(spec, images, labels, seed=seed, n_jobs=n_jobs, rows=rows)
    return score_fold(
        spec,
        fit,
        flatten(images[validation]),
        labels[validation],
        fold=fold,
        validation=validation,
        n_train=len(rows),
    )
