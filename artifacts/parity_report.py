"""The comparison with the book -> markdown, a table a model."""

from artifacts.words import percent, table
from tasks.records_parity import Parity, ParityRow, ProbabilityCounts


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
