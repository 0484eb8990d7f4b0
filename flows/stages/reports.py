"""Declare the report of every stage, in the order a reader of the notebook knows."""

from artifacts.render import RenderedReport
from artifacts.reports.augmentation import draw_augmentation
from artifacts.reports.binary import draw_binary
from artifacts.reports.comparison import draw_comparison
from artifacts.reports.confidence import draw_confidence
from artifacts.reports.dataset import draw_dataset
from artifacts.reports.every_class import draw_every_class
from artifacts.reports.evidence.mistakes import draw_mistakes
from artifacts.reports.evidence.occlusion import draw_importance
from artifacts.reports.evidence.robustness import draw_robustness
from artifacts.reports.final_scores import draw_evaluation
from artifacts.reports.precision_recall import draw_precision_recall
from artifacts.reports.ten_classes import draw_ten_classes
from engine.run.workflow import Workflow
from flows.stages.evidence import Evidence, inspected
from flows.stages.results import Results
from tasks.class_names import ClassNames
from tasks.data.records import Dataset
from tasks.evaluation.records import Evaluation
from tasks.models.records import CandidateSpec


def draw_stages(
    step: Workflow, of: Results, specs: tuple[CandidateSpec, ...]
) -> tuple[RenderedReport, ...]:
    """Render what each stage found."""
    scores, labels = of.out_of_fold, of.dataset.train.labels
    titles = tuple(spec.title for spec in specs)
    title, digit, names = of.fitted.candidate.title, of.choice.digit, of.names
    return (
        step("draw the data set", draw_dataset, of.dataset, of.new_images, of.overlap, names),
        step("draw the augmentation", draw_augmentation, of.training),
        step("draw: is it the digit?", draw_binary, of.binaries, titles, digit, names),
        step(
            "draw precision against recall",
            draw_precision_recall,
            scores,
            labels,
            of.choices,
            of.binaries,
            of.ranking.winner,
            names,
        ),
        step(
            "draw the comparison",
            draw_comparison,
            scores,
            labels,
            of.binaries,
            of.ranking,
            digit,
            names,
        ),
        step("draw all classes", draw_ten_classes, of.ten_classes, title, names),
        step(
            "draw the final scores",
            draw_evaluation,
            of.evaluation,
            of.resolution,
            title,
            of.dataset.title,
            names,
        ),
        *draw_evidence(step, of.dataset, of.evaluation, of.evidence, title, specs, names),
    )


def draw_evidence(  # noqa: PLR0913, PLR0917 - all that is shown of the evidence
    step: Workflow,
    dataset: Dataset,
    evaluation: Evaluation,
    evidence: Evidence,
    title: str,
    specs: tuple[CandidateSpec, ...],
    names: ClassNames,
) -> tuple[RenderedReport, ...]:
    """Render the evidence, one report a question."""
    return (
        step("draw every class", draw_every_class, evidence.every_class, title, names),
        step(
            "draw the confidence",
            draw_confidence,
            evidence.confidence,
            evaluation.scores,
            dataset.test.labels,
            evaluation.classes,
            title,
        ),
        step(
            "draw the mistakes",
            draw_mistakes,
            evidence.mistakes,
            evaluation.confusion,
            evaluation.classes,
            evaluation.predictions,
            dataset.test,
            dataset.train,
            title,
            names,
        ),
        step(
            "draw the importance of pixels",
            draw_importance,
            evidence.occlusion,
            evidence.importances,
            title,
            tuple(spec.title for spec in inspected(specs)),
            names,
        ),
        step("draw the robustness", draw_robustness, evidence.robustness, dataset.test, title),
    )
