"""Draw the comparison with the book once and store what was drawn."""

from tasks.caching import cached_task
from tasks.records import RenderedFigure, RenderedReport
from tasks.records_parity import Parity, ProbabilityCounts
from tasks.store import save_bytes

KEY = "textbook-parity"


@cached_task(name="draw parity")
def draw_parity(
    parity: Parity,
    titles: tuple[tuple[str, str], ...],
    probabilities: tuple[ProbabilityCounts, ...],
) -> RenderedReport:
    """Render the table of figures, all of them on one axis, and what a forest's vote means."""
    from artifacts.parity_figures import parity_figure, probability_figure
    from artifacts.parity_report import parity_report
    from artifacts.style import figure_png

    drawn = [
        (
            "figures",
            "The book's figures and ours",
            parity_figure(parity, titles),
            "Each figure between 0 and 1 as a ring at the book's value and a dot at ours.",
        )
    ]
    for each in probabilities:
        alt = (
            "The share of fives among the images given each probability; strictly between "
            f"{each.low:.2f} and {each.high:.2f} it is {each.share:.1%}."
        )
        title = "What the forest's probabilities mean"
        drawn.append(("probabilities", title, probability_figure(each), alt))
    return RenderedReport(
        key=KEY,
        title="Chapter 3's figures, measured again",
        markdown=parity_report(parity, titles, probabilities),
        figures=tuple(
            RenderedFigure(
                key=f"{KEY}-{name}",
                title=title,
                alt=alt,
                image=save_bytes(figure_png(figure), ".png"),
            )
            for name, title, figure, alt in drawn
        ),
    )
