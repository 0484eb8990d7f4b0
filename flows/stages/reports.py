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
from flows.stages.evidence import Images, inspected
from flows.stages.results import Found
from flows.stages.selection import Question


def draw_stages(step: Workflow, of: Found, question: Question) -> tuple[RenderedReport, ...]:
    """Render what each stage of any problem found."""
    scores, labels = of.out_of_fold, of.dataset.train.labels
    title, positive, names = of.fitted.candidate.title, question.positive, of.names
    return (
        step(f"draw: {question.text}", draw_binary, of.binaries, question.titles, positive, names),
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
            positive,
            names,
        ),
        step(
            "draw the final scores",
            draw_evaluation,
            of.evaluation,
            of.resolution,
            title,
            of.dataset.title,
            names,
        ),
        step("draw every class", draw_every_class, of.every_class, title, names),
        step(
            "draw the confidence",
            draw_confidence,
            of.confidence,
            of.evaluation.scores,
            of.dataset.test.labels,
            of.evaluation.classes,
            title,
        ),
    )


def draw_images(
    step: Workflow, of: Found, besides: Images, question: Question
) -> tuple[RenderedReport, ...]:
    """Render what was found of images and of a model of them."""
    title, names, test = of.fitted.candidate.title, of.names, of.dataset.test
    new_images, evidence = besides.new_images, besides.evidence
    return (
        step("draw the data set", draw_dataset, of.dataset, new_images, besides.overlap, names),
        step("draw the augmentation", draw_augmentation, besides.training),
        step("draw all classes", draw_ten_classes, besides.ten_classes, title, names),
        step(
            "draw the mistakes",
            draw_mistakes,
            evidence.mistakes,
            of.evaluation.confusion,
            of.evaluation.classes,
            of.evaluation.predictions,
            test,
            of.dataset.train,
            title,
            names,
        ),
        step(
            "draw the importance of pixels",
            draw_importance,
            evidence.occlusion,
            evidence.importances,
            title,
            tuple(spec.title for spec in inspected(question.specs)),
            names,
        ),
        step("draw the robustness", draw_robustness, evidence.robustness, test, title),
    )
