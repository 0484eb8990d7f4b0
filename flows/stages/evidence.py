"""Declare the evidence beyond the scores: what the winner gets wrong, uses and withstands.

It comes after the choices and decides nothing: no candidate, no threshold, no verdict.
"""

from dataclasses import dataclass

from engine.run.workflow import Workflow
from flows.stages.results import Found
from flows.stages.selection import Fitting, Question
from tasks.data.records import Dataset, NewImages, Overlap, TrainingSet
from tasks.evidence.extra_fits import shows_importance, without_augmentation
from tasks.evidence.importance import measure_forest_importance, measure_linear_weights
from tasks.evidence.mistakes import study_mistakes
from tasks.evidence.occlusion import measure_occlusion
from tasks.evidence.records import ForestImportance, LinearWeights, Mistakes, Occlusion, Robustness
from tasks.evidence.robustness import measure_robustness, originals
from tasks.models.records import CandidateSpec
from tasks.models.refit import refit
from tasks.selection.records import TenClassScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was measured of a model of images beyond the scores."""

    mistakes: Mistakes
    occlusion: Occlusion
    importances: tuple[ForestImportance | LinearWeights, ...]
    robustness: Robustness


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What a run on images finds out besides what a run of any problem does."""

    new_images: NewImages | None
    overlap: Overlap
    training: TrainingSet
    ten_classes: TenClassScores
    evidence: Evidence


def gather_evidence(step: Workflow, of: Found, question: Question, shift: int) -> Evidence:
    """Declare what is measured of the winner, and of the models that show what they use."""
    train, test, how = of.dataset.train, of.dataset.test, question.how
    plain = step(
        "refit without augmentation",
        refit,
        step.value(without_augmentation, of.fitted.candidate),
        step.value(originals, train),
        how.seed,
        how.n_jobs,
    )
    return Evidence(
        mistakes=step(
            "mistakes and their neighbours",
            study_mistakes,
            of.evaluation.scores,
            of.evaluation.classes,
            test,
            train,
        ),
        occlusion=step("occlusion of the winner", measure_occlusion, of.fitted, test, how.n_jobs),
        importances=tuple(
            _importance_of(step, spec, of.dataset, how) for spec in inspected(question.specs)
        ),
        robustness=step(
            "robustness of the winner",
            measure_robustness,
            of.fitted,
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
