"""Numbers and tables as a report writes them."""

from tasks.evaluation.records import Interval

NOTHING = "-"  # in a table, for what there is none of


def percent(value: float, digits: int = 2) -> str:
    r"""Write a fraction as percent, with a space that no line is broken at.

    >>> percent(0.98034)
    '98.03\xa0%'
    """
    return f"{value:.{digits}%}".replace("%", "\u00a0%")


def interval(score: Interval) -> str:
    """Write a score with the ends of its interval."""
    return f"{percent(score.value)} ({span(score.low, score.high)})"


def span(low: float, high: float, digits: int = 2) -> str:
    """Write two fractions as one piece that no line is broken in."""
    return f"{percent(low, digits)}\u00a0to\u00a0{percent(high, digits)}"


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Write a markdown table; the first column is left, the others right.

    >>> print(table(("a", "b"), [("x", 1)]))
    | a | b |
    |:--|--:|
    | x | 1 |
    """
    lines = [
        f"| {' | '.join(head)} |",
        "|:--|" + "--:|" * (len(head) - 1),
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]
    return "\n".join(lines)


def spread(folds: tuple[float, ...]) -> str:
    r"""Write the lowest and the highest of the folds' figures.

    >>> spread((0.981, 0.975, 0.979))
    '97.50\xa0%\xa0to\xa098.10\xa0%'
    """
    return span(min(folds), max(folds))


def chance(p_value: float) -> str:
    """Say a p value in plain words at the 5 % level."""
    shown = f"p = {p_value:.2g}" if p_value >= 1e-4 else "p < 0.0001"
    if p_value < 0.05:
        return f"more than chance ({shown})"
    return f"no more than chance would give ({shown})"


def article(digit: int) -> str:
    """Write a digit with its article, as it is spoken.

    >>> article(5), article(8)
    ('a 5', 'an 8')
    """
    return f"an {digit}" if digit == 8 else f"a {digit}"
