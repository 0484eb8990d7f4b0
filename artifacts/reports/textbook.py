"""The book's figures and ours, one table a model, and why they differ where they do."""

from artifacts.render import RenderedFigure, RenderedReport
from artifacts.text import percent, table
from engine.cache.task import cached_task
from engine.store.objects import save_bytes
from tasks.textbook.records import Parity, ParityRow, ProbabilityCounts

KEY = "textbook-parity"
TITLE = "Chapter 3's figures, measured again"


def parity_report(
    parity: Parity,
    titles: tuple[tuple[str, str], ...],
    probabilities: tuple[ProbabilityCounts, ...],
) -> str:
    """Set the book's figures beside ours, one table a model, and explain what differs.

    Parameters
    ----------
    parity : Parity
    titles : tuple of (name, title)
        The models that were fitted, in the book's order.
    """
    tables = "\n\n".join(
        f"**{title}**\n\n{_table([row for row in parity.rows if row.figure.model == name])}"
        for name, title in titles
    )
    said = "".join(f"\n{_share(each)}\n" for each in probabilities)
    return f"""**{parity_verdict(parity)}**

Each figure is measured here the book's way: three stratified folds in order, seed 42, pixels \
from 0 to 255 in float64. Equal means equal in every digit that the book gives.

{tables}
{said}{_explanations(parity)}"""


def parity_verdict(parity: Parity) -> str:
    """Say in a sentence how many figures are the book's."""
    n, equal = len(parity.rows), parity.n_equal
    count = f"All {n}" if equal == n else f"{equal} of {n}"
    rest = f"; {n - equal} differ and are explained below" if equal < n else ""
    return (
        f"{count} figures of chapter 3 come out to the last digit with scikit-learn "
        f"{parity.scikit_learn}{rest}."
    )


def _table(rows: list[ParityRow]) -> str:
    return table(
        ("figure", "the book", "here", "difference", ""),
        [
            (
                row.figure.name,
                row.figure.value,
                row.shown,
                "0" if row.is_equal else f"{row.difference:+.4g}",
                "equal" if row.is_equal else "explained",
            )
            for row in rows
        ],
    )


def _share(counts: ProbabilityCounts) -> str:
    return (
        f"{counts.n_between:,} images have a probability between {counts.low:.2f} and "
        f"{counts.high:.2f}, and {percent(counts.share, 1)} of them are fives: the forest is surer "
        "than it says."
    )


def _explanations(parity: Parity) -> str:
    reasons: dict[str, list[str]] = {}
    for row in parity.rows:
        if row.explanation:
            reasons.setdefault(row.explanation, []).append(f"{row.figure.model} {row.figure.name}")
    return "".join(f"\n- {', '.join(figures)}: {why}.\n" for why, figures in reasons.items())


@cached_task(name="draw parity")
def draw_parity(
    parity: Parity,
    titles: tuple[tuple[str, str], ...],
    probabilities: tuple[ProbabilityCounts, ...],
) -> RenderedReport:
    """Render the table of figures, all of them on one axis, and what a forest's vote means."""
    from artifacts.figures.style import figure_png
    from artifacts.figures.textbook import parity_figure, probability_figure

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
        title=TITLE,
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
