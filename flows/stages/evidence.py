"""Declare the evidence beyond the scores: what the winner gets wrong, uses and withstands.

It comes after the choices and decides nothing: no candidate, no threshold, no verdict.
"""

from dataclasses import dataclass
from typing import NamedTuple

from engine.run.workflow import Workflow
from flows.stages.selection import Fitting
from tasks.data.records import Dataset
from tasks.evaluation.confidence import measure_confidence
from tasks.evaluation.records import Confidence, Evaluation
from tasks.evidence.extra_fits import shows_importance, without_augmentation
from tasks.evidence.importance import measure_forest_importance, measure_linear_weights
from tasks.evidence.mistakes import study_mistakes
from tasks.evidence.occlusion import measure_occlusion
from tasks.evidence.records import ForestImportance, LinearWeights, Mistakes, Occlusion, Robustness
from tasks.evidence.robustness import measure_robustness, originals
from tasks.models.records import CandidateSpec, FittedModel, OutOfFold
from tasks.models.refit import refit
from tasks.selection.every_class import measure_every_class
from tasks.selection.records import EveryClass


class Costs(NamedTuple):
    """What is asked of a threshold: a precision, and the cost of each kind of error."""

    target_precision: float
    false_alarm: float
    miss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was measured beyond the scores."""

    every_class: EveryClass
    confidence: Confidence
    mistakes: Mistakes
    occlusion: Occlusion
    importances: tuple[ForestImportance | LinearWeights, ...]
    robustness: Robustness


def gather_evidence(  # noqa: PLR0913, PLR0917 - all that the stages before it gave
    step: Workflow,
    dataset: Dataset,
    winner: OutOfFold,
    fitted: FittedModel,
    evaluation: Evaluation,
    specs: tuple[CandidateSpec, ...],
    costs: Costs,
    how: Fitting,
    shift: int,
) -> Evidence:
    """Declare what is measured of the winner, and of the models that show what they use."""
    train, test = dataset.train, dataset.test
    plain = step(
        "refit without augmentation",
        refit,
        step.value(without_augmentation, fitted.candidate),
        step.value(originals, train),
        how.seed,
        how.n_jobs,
    )
    return Evidence(
        every_class=step(
            "every class of the winner",
            measure_every_class,
            winner,
            train.labels,
            costs.target_precision,
            costs.false_alarm,
            costs.miss,
        ),
        confidence=step(
            "confidence of the winner",
            measure_confidence,
            winner.candidate,
            winner,
            train.labels,
            evaluation.scores,
            test.labels,
        ),
        mistakes=step(
            "mistakes and their neighbours",
            study_mistakes,
            evaluation.scores,
            evaluation.classes,
            test,
            train,
        ),
        occlusion=step("occlusion of the winner", measure_occlusion, fitted, test, how.n_jobs),
        importances=tuple(_importance_of(step, spec, dataset, how) for spec in inspected(specs)),
        robustness=step(
            "robustness of the winner",
            measure_robustness,
            fitted,
            plain,
            test,
            shift,
            how.seed,
            how.n_jobs,
        ),
    )


def inspected(specs: tuple[CandidateSpec, ...]) -> tuple[CandidateSpec, ...]:
    """Return the candidates that say themselves what they use."""
    return tuple(spec for spec in specs if shows_importance(spec))


def _importance_of(
    step: Workflow, spec: CandidateSpec, dataset: Dataset, how: Fitting
) -> ForestImportance | LinearWeights:
    label, train, test = f"what {spec.title} uses", dataset.train, dataset.test
    if spec.builder == "random_forest":
        return step(label, measure_forest_importance, spec, train, test, how.seed, how.n_jobs)
    return step(label, measure_linear_weights, spec, train, test, how.seed, how.n_jobs)
