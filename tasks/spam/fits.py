"""The thin tasks of spam: fits of its own candidates, which a name alone would hide from a key."""

from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.models.out_of_fold import score_fold
from tasks.models.records import CandidateSpec, FittedModel, FoldScores
from tasks.models.refit import kept_fit
from tasks.spam.records import Grouped


@cached_task(
    name="cross-validate on mails",
    run_name="cross-validate {spec.name} fold {fold}",
    ignoring=("n_jobs",),
)
def cross_validate_mails(  # noqa: PLR0913, PLR0917 - every one of them decides the result
    spec: CandidateSpec, fold: int, training: Grouped, n_splits: int, seed: int, n_jobs: int
) -> FoldScores:
    """Fit a candidate without one fold, which has whole groups, and score that fold."""
    import numpy as np

    from tasks.models.fitting import fit_timed
    from tasks.models.folds import grouped_folds
    from tasks.models.rows import load_rows
    from tasks.spam.features import build

    lines, labels = load_rows(training), np.asarray(load_array(training.labels))
    alike = np.arange(len(labels)) if training.groups is None else load_array(training.groups)
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
def refit_mails(spec: CandidateSpec, training: Grouped, seed: int, n_jobs: int) -> FittedModel:
    """Fit a candidate on all mails of a set."""
    from tasks.models.fitting import fit_timed
    from tasks.models.rows import load_rows
    from tasks.spam.features import build

    lines, labels = load_rows(training), load_array(training.labels)
    fit = fit_timed(build(spec, seed=seed, n_jobs=n_jobs), lines, labels)
    return kept_fit(spec, fit, len(labels))
