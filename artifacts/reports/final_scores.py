"""Test scores with 95 % intervals against the goal."""

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from artifacts.reports.resolution import resolution_text
from artifacts.reports.ten_classes import _confusion
from artifacts.text import NOTHING, article, as_text, interval, named, percent, span, table
from engine.cache.task import cached_task
from tasks.class_names import NUMBERS, ClassNames
from tasks.evaluation.records import Evaluation, Resolution

KEY = "5-final-scores"
TITLE = "The final scores"


def evaluation_report(
    evaluation: Evaluation,
    resolution: Resolution,
    title: str,
    dataset_title: str,
    names: ClassNames = NUMBERS,
) -> str:
    """Give the final scores with their intervals, the verdict and where the model is weak."""
    rows: list[tuple[object, ...]] = [
        (name, percent(s.value), span(s.low, s.high), s.method)
        for name, s in evaluation.headline.items()
    ]
    classes: list[tuple[object, ...]] = [
        (
            named(names, c.label),
            percent(c.precision),
            percent(c.recall),
            percent(c.f1),
            f"{c.support:,}",
        )
        if c.support
        else (named(names, c.label), NOTHING, NOTHING, NOTHING, "0")
        for c in evaluation.per_class
    ]
    return f"""**The goal of {percent(evaluation.goal, 0)} is {evaluation.verdict}** by {title} on the \
{evaluation.n_test:,} test images of {as_text(dataset_title)}, on which no choice was made.

{table(("score", "value", "95 % interval", "method"), rows)}

{_slices(evaluation)}{_frozen_threshold(evaluation, names)}

{table(("class", "precision", "recall", "F1", "support"), classes)}
{_absent(evaluation, names)}
{_confusion(evaluation, names)}

{resolution_text(resolution, title)}

Prediction digest `{evaluation.prediction_sha256}`
"""


def _absent(evaluation: Evaluation, names: ClassNames) -> str:
    absent = [named(names, score.label) for score in evaluation.per_class if not score.support]
    if not absent:
        return ""
    return (
        f"\nLeft out: the test set has no image of class {', '.join(absent)}. The macro figures are "
        "means over the other classes.\n"
    )


def _slices(evaluation: Evaluation) -> str:
    if not evaluation.slices:
        return ""
    rows: list[tuple[object, ...]] = [
        (each.name, f"{each.n_images:,}", interval(each.accuracy)) for each in evaluation.slices
    ]
    return table(("part of the test set", "images", "accuracy (95 % interval)"), rows) + "\n\n"


def _frozen_threshold(evaluation: Evaluation, names: ClassNames) -> str:
    binary = evaluation.binary
    return (
        f"Is it {article(named(names, binary.digit))}? The threshold {binary.threshold:.6g}, chosen before and "
        f"only read here, gives precision {interval(binary.precision)} and recall "
        f"{interval(binary.recall)} on the test set."
    )


@cached_task(name="draw final scores")
def draw_evaluation(
    evaluation: Evaluation,
    resolution: Resolution,
    title: str,
    dataset_title: str,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render the test scores against the goal and the test confusion matrix."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.scores import confusion_figure, interval_figure

    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=evaluation_report(evaluation, resolution, title, dataset_title, names),
        figures=(
            _stored(KEY, "intervals", "The scores against the goal", interval_figure(evaluation),
                    "Accuracy, macro precision and macro recall with 95 % intervals and the "
                    "goal."),
            _stored(KEY, "confusion", "Confusion matrix, test set",
                    confusion_figure(evaluation.confusion, drawn_names(names, evaluation.classes)),
                    "True classes as rows, predicted ones as columns, counts of images."),
        ),
    )  # fmt: skip
