"""The thin tasks of spam: fits of its own candidates, which a name alone would hide from a key."""

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_model
from engine.store.refs import ArrayRef
from tasks.models.out_of_fold import score_fold
from tasks.models.records import CandidateSpec, FittedModel, FoldScores, Labelled


@cached_task(
    name="cross-validate on mails",
    run_name="cross-validate {spec.name} fold {fold}",
    ignoring=("n_jobs",),
)
def cross_validate_mails(  # noqa: PLR0913, PLR0917 - every one of them decides the result
    spec: CandidateSpec,
    fold: int,
    train: Labelled,
    groups: ArrayRef | None,
    n_splits: int,
    seed: int,
    n_jobs: int,
) -> FoldScores:
    """Fit a candidate without one fold and score that fold.

    Without `groups` each mail is by itself, so that alike mails may be on both sides.
    """
    import numpy as np

    from tasks.models.fitting import fit_timed
    from tasks.models.rows import load_rows
    from tasks.spam.features import build
    from tasks.spam.groups import grouped_folds

    lines, labels = load_rows(train), np.asarray(load_array(train.labels))
    alike = np.arange(len(labels)) if groups is None else load_array(groups)
    validation = grouped_folds(labels, alike, n_splits=n_splits, seed=seed)[fold]
    rest = np.setdiff1d(np.arange(len(labels)), validation)
    fit = fit_timed(build(spec, seed=seed, n_jobs=n_jobs), lines[rest], labels[rest])
    return score_fold(
        spec,
        fit,
        lines[validation],
        labels[validation],
        fold=fold,
        validation=validation,
        n_train=len(rest),
    )


@cached_task(name="refit on mails", run_name="refit {spec.name}", ignoring=("n_jobs",))
def refit_mails(spec: CandidateSpec, train: Labelled, seed: int, n_jobs: int) -> FittedModel:
    """Fit the winner on all mails of the training set."""
    from tasks.models.fitting import fit_timed
    from tasks.models.memory import peak_memory_bytes
    from tasks.models.rows import load_rows
    from tasks.spam.features import build

    labels = load_array(train.labels)
    fit = fit_timed(build(spec, seed=seed, n_jobs=n_jobs), load_rows(train), labels)
    return FittedModel(
        candidate=spec,
        classes=tuple(int(each) for each in fit.model.classes_),
        model=save_model(fit.model),
        n_train=len(labels),
        fit_seconds=fit.seconds,
        peak_memory_bytes=peak_memory_bytes(),
        warnings=fit.warnings,
    )
