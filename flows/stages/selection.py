"""Declare the stages between the images and the winner: cross-validation and the choices."""

from typing import NamedTuple

from prefect import Task

from engine.run.workflow import Workflow
from engine.store.refs import ArrayRef
from tasks.errors import UnreachablePrecision
from tasks.models.out_of_fold import gather_out_of_fold
from tasks.models.records import CandidateSpec, FoldScores, OutOfFold
from tasks.selection.binary import measure_binary
from tasks.selection.records import BinaryScores, Ranking, ThresholdChoice
from tasks.selection.threshold import select_threshold


class Fitting(NamedTuple):
    """How every fit is made: folds of the cross-validation, seed, and processor cores."""

    n_splits: int
    seed: int
    n_jobs: int


def cross_validate(  # noqa: PLR0913, PLR0917 - a candidate, its fit, its data, and how
    step: Workflow,
    spec: CandidateSpec,
    fit_fold: Task[..., FoldScores],
    training: tuple[object, ...],
    labels: ArrayRef,
    how: Fitting,
    named: str = "",
) -> OutOfFold:
    """Fit one candidate once per fold and gather its scores of the rows it did not see.

    `named` names the steps instead of the candidate, where it is cross-validated in several ways.
    """
    folds = tuple(
        step(
            f"cross-validate {named or spec.title}, fold {fold + 1} of {how.n_splits}",
            fit_fold,
            spec,
            fold,
            *training,
            how.n_splits,
            how.seed,
            how.n_jobs,
        )
        for fold in range(how.n_splits)
    )
    return step(
        f"out-of-fold scores of {named or spec.title}", gather_out_of_fold, spec, folds, labels
    )


def choose_thresholds(  # noqa: PLR0913, PLR0917 - the candidates and what is asked of them
    step: Workflow,
    specs: tuple[CandidateSpec, ...],
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    ranking: Ranking,
    digit: int,
    target_precision: float,
) -> tuple[ThresholdChoice, ...]:
    """Choose each candidate's operating point; only the winner's must be reachable.

    Raises
    ------
    UnreachablePrecision
        If the winner cannot give the asked precision.
    """
    choices = tuple(
        step.tolerating(
            UnreachablePrecision, when=step.value(str.__ne__, ranking.winner, spec.name)
        )(
            f"threshold of {spec.title}",
            select_threshold,
            scores,
            labels,
            digit,
            target_precision,
        )
        for spec, scores in zip(specs, out_of_fold, strict=True)
    )
    return step.value(_reached, choices)


def detect_positive(  # noqa: PLR0913, PLR0917 - as above
    step: Workflow,
    question: str,
    specs: tuple[CandidateSpec, ...],
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    positive: int,
) -> tuple[BinaryScores, ...]:
    """Measure each candidate as a detector of one class."""
    return tuple(
        step(f"{question} {spec.title}", measure_binary, scores, labels, positive)
        for spec, scores in zip(specs, out_of_fold, strict=True)
    )


def scores_of_winner(out_of_fold: tuple[OutOfFold, ...], ranking: Ranking) -> OutOfFold:
    """Return the winner's out-of-fold scores."""
    return next(each for each in out_of_fold if each.candidate.name == ranking.winner)


def choice_of_winner(choices: tuple[ThresholdChoice, ...], ranking: Ranking) -> ThresholdChoice:
    """Return the winner's operating point."""
    return next(each for each in choices if each.candidate == ranking.winner)


def _reached(
    choices: tuple[ThresholdChoice | UnreachablePrecision, ...],
) -> tuple[ThresholdChoice, ...]:
    return tuple(each for each in choices if isinstance(each, ThresholdChoice))
