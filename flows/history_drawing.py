"""Draw the nights once and store what was drawn."""

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import RenderedReport
from tasks.records_history import HistoryPoint

KEY = "7-history"


@cached_task(name="draw nights")
def draw_history(points: tuple[HistoryPoint, ...]) -> RenderedReport:
    """Render the scores, the operating point and the costs of the nights, without a text yet."""
    from artifacts.history_figures import nights_costs_figure, nights_scores_figure

    return RenderedReport(
        key=KEY,
        title="",
        markdown="",
        figures=(
            stored_figure(
                KEY, "scores", "The scores, night after night", nights_scores_figure(points),
                "Accuracy, macro precision and macro recall with 95 % intervals; a dotted line "
                "marks each new champion. Nights that found the same as the one before are one "
                "point.",
            ),
            stored_figure(
                KEY, "costs", "Operating point and cost", nights_costs_figure(points),
                "The threshold, the recall at the asked precision, and what the winner's fit "
                "took.",
            ),
        ),
    )  # fmt: skip
