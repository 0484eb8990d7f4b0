"""Draw what tells a champion and its challenger apart, once, and store what was drawn."""

from typing import TYPE_CHECKING

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.promotion_records import Comparison
from tasks.records import ArrayRef, Evaluation, LabelledImages, RenderedReport
from tasks.store import load_array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEY = "6-champion"


@cached_task(name="draw promotion")
def draw_promotion(
    comparison: Comparison, champion: Evaluation, challenger: Evaluation, test: LabelledImages
) -> RenderedReport:
    """Render both models' scores and the images that only one of them has right.

    The report has no text yet: that names the run, and this is the same for every run that
    finds the same.
    """
    from artifacts.promotion_figures import both_scores_figure
    from artifacts.style import GREEN, ORANGE

    right = _changed(
        comparison.newly_right, test, champion.predictions, GREEN, "{true}, was {said}"
    )
    wrong = _changed(
        comparison.newly_wrong, test, challenger.predictions, ORANGE, "{true}, now {said}"
    )
    return RenderedReport(
        key=KEY,
        title="",
        markdown="",
        figures=(
            stored_figure(
                KEY, "scores", "Champion and this run",
                both_scores_figure(champion, challenger),
                "Accuracy, macro precision and macro recall of both models with 95 % intervals.",
            ),
            stored_figure(
                KEY, "newly-right", _counted(comparison.newly_right, "newly right"), right,
                "Test images that the champion takes for another class and this run's model does "
                "not; those it is surest of stand first.",
            ),
            stored_figure(
                KEY, "newly-wrong", _counted(comparison.newly_wrong, "newly wrong"), wrong,
                "Test images that the champion classifies rightly and this run's model does not; "
                "those it is surest of stand first.",
            ),
        ),
    )  # fmt: skip


def _counted(rows: tuple[int, ...], what: str) -> str:
    return f"{len(rows):,} test image{'' if len(rows) == 1 else 's'} {what}"


def _changed(
    rows: tuple[int, ...],
    test: LabelledImages,
    predictions: ArrayRef,
    colour: str,
    wording: str,
) -> "Figure":
    """Draw the images in these rows with the wrong model's predictions of them."""
    from artifacts.promotion_figures import N_SHOWN, changed_images_figure

    shown = list(rows[:N_SHOWN])
    return changed_images_figure(
        load_array(test.images)[shown],
        load_array(test.labels)[shown],
        load_array(predictions)[shown],
        colour=colour,
        wording=wording,
    )
