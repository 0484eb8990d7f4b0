"""The stages in their order: what a run computes, as calls of cached tasks.

A run and a plan walk the same functions; in a plan `step` looks but does not compute, and
results that are not stored are `PENDING`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flows.config import RunConfig
from flows.evidence import Evidence, gather_evidence
from flows.evidence import number_of_steps as evidence_steps
from flows.new_images import fetch_and_join
from flows.new_images import n_steps as n_joining_steps
from flows.pending import PENDING, is_pending
from tasks.augment import augment
from tasks.binary import measure_binary
from tasks.compare import rank_candidates
from tasks.cross_validate import cross_validate_fold, gather_out_of_fold
from tasks.errors import UnreachablePrecision
from tasks.evaluate import evaluate
from tasks.records import (
    ArrayRef,
    BinaryScores,
    CandidateSpec,
    Dataset,
    Evaluation,
    FittedModel,
    OutOfFold,
    Ranking,
    TenClassScores,
    ThresholdChoice,
    TrainingSet,
)
from tasks.records_new_images import NewImages
from tasks.records_resolution import Resolution
from tasks.refit import refit
from tasks.resolution import measure_resolution
from tasks.ten_classes import measure_ten_classes
from tasks.threshold import select_threshold

Step = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything the stages of one run found, in the order they ran."""

    dataset: Dataset
    new_images: NewImages | None
    training: TrainingSet
    out_of_fold: tuple[OutOfFold, ...]
    ranking: Ranking
    choices: tuple[ThresholdChoice, ...]
    choice: ThresholdChoice
    binaries: tuple[BinaryScores, ...]
    ten_classes: TenClassScores
    fitted: FittedModel
    evaluation: Evaluation
    resolution: Resolution
    evidence: Evidence


def find(step: Step, config: RunConfig) -> Findings:
    """Fetch, join new images, augment, cross-validate, choose, refit and evaluate."""
    dataset, new_images = fetch_and_join(step, config)
    labels = dataset.train.labels
    training = step("augment", augment, dataset.train, config.shift)
    out_of_fold = cross_validate(step, config, training, labels)
    ranking = step("choose candidate", rank_candidates, out_of_fold, labels)
    choices = choose_thresholds(step, config, out_of_fold, labels, ranking)
    winner, choice = of_winner(out_of_fold, choices, ranking)
    binaries = measure_binaries(step, config, out_of_fold, labels)
    ten_classes = step("all classes of the winner", measure_ten_classes, winner, labels)
    fitted = step("refit the winner", refit, winner.candidate, training, config.seed, config.n_jobs)
    evaluation = step(
        "evaluate on the test set",
        evaluate,
        fitted,
        choice,
        dataset.test,
        config.goal,
        config.seed,
        is_mnist=dataset.is_mnist,
    )
    resolution = step(
        "what the test set can tell apart",
        measure_resolution,
        evaluation.confusion,
        ranking.only_first_right,
        ranking.only_second_right,
        dataset.train.n_images,
    )
    evidence = gather_evidence(step, config, dataset, winner, fitted, evaluation)
    return Findings(
        dataset=dataset,
        new_images=new_images,
        training=training,
        out_of_fold=out_of_fold,
        ranking=ranking,
        choices=choices,
        choice=choice,
        binaries=binaries,
        ten_classes=ten_classes,
        fitted=fitted,
        evaluation=evaluation,
        resolution=resolution,
        evidence=evidence,
    )


def number_of_steps(config: RunConfig) -> int:
    """Count the steps of a run: 7 shared, 7 drawn, the evidence's, and each candidate's own.

    A candidate has one for each fold and 3 more; new images are joined in one of their own.
    """
    shared = 7 + n_joining_steps(config)
    return shared + 7 + evidence_steps(config) + len(config.candidates) * (config.n_splits + 3)


def cross_validate(
    step: Step, config: RunConfig, training: TrainingSet, labels: ArrayRef
) -> tuple[OutOfFold, ...]:
    """Fit every candidate once per fold and gather its scores of the images it did not see."""
    return tuple(out_of_fold_of(step, config, spec, training, labels) for spec in config.specs)


def out_of_fold_of(
    step: Step, config: RunConfig, spec: CandidateSpec, training: TrainingSet, labels: ArrayRef
) -> OutOfFold:
    """Fit one candidate once per fold and gather its scores of the images it did not see."""
    folds = tuple(
        step(
            f"cross-validate {spec.title}, fold {fold + 1} of {config.n_splits}",
            cross_validate_fold,
            spec,
            fold,
            training,
            config.n_splits,
            config.seed,
            config.n_jobs,
        )
        for fold in range(config.n_splits)
    )
    gathered: OutOfFold = step(
        f"out-of-fold scores of {spec.title}", gather_out_of_fold, spec, folds, labels
    )
    return gathered


def choose_thresholds(
    step: Step,
    config: RunConfig,
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    ranking: Ranking,
) -> tuple[ThresholdChoice, ...]:
    """Choose each candidate's operating point; only the winner's must be reachable.

    Raises
    ------
    UnreachablePrecision
        If the winner cannot give the asked precision.
    """
    choices = []
    for spec, scores in zip(config.specs, out_of_fold, strict=True):
        try:
            choices.append(
                step(
                    f"threshold of {spec.title}",
                    select_threshold,
                    scores,
                    labels,
                    config.target_digit,
                    config.target_precision,
                )
            )
        except UnreachablePrecision:
            if spec.name == ranking.winner:
                raise
    return tuple(choices)


def measure_binaries(
    step: Step, config: RunConfig, out_of_fold: tuple[OutOfFold, ...], labels: ArrayRef
) -> tuple[BinaryScores, ...]:
    """Measure every candidate as a detector of the target digit."""
    return tuple(
        step(
            f"is it the digit? {spec.title}",
            measure_binary,
            scores,
            labels,
            config.target_digit,
            config.n_splits,
        )
        for spec, scores in zip(config.specs, out_of_fold, strict=True)
    )


def of_winner(
    out_of_fold: tuple[OutOfFold, ...], choices: tuple[ThresholdChoice, ...], ranking: Ranking
) -> tuple[OutOfFold, ThresholdChoice]:
    """Pick the winner's scores and its operating point."""
    if is_pending((ranking, *out_of_fold, *choices)):
        return PENDING, PENDING
    winner = next(each for each in out_of_fold if each.candidate.name == ranking.winner)
    choice = next(each for each in choices if each.candidate == ranking.winner)
    return winner, choice
