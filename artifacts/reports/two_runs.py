"""Two runs side by side: their scores, the images they differ on, and what was different."""

from artifacts.reports.champion import Judged, compared_in_words, score_table
from artifacts.text import as_text, table
from engine.differences import Change
from tasks.champion.records import Comparison

KEY = "9-two-runs"
TITLE = "Two runs compared"
LONGEST = 60  # characters of a value in a table


def headline(old: str, new: str, comparison: Comparison | None) -> str:
    """Say in a sentence whether one of two models is better."""
    if comparison is None:
        return (
            f"{old} and {new} were judged on other test images, so nothing can be said about which "
            "is better."
        )
    right, wrong = len(comparison.newly_right), len(comparison.newly_wrong)
    counts = f"{right:,} test images are newly right and {wrong:,} newly wrong"
    if not comparison.is_significant:
        return f"No difference between {old} and {new} is proven: {counts}."
    better, other = (new, old) if right > wrong else (old, new)
    return f"{better} is better than {other}: from {old} to {new} {counts}."


def two_runs_report(
    columns: list[tuple[str, Judged]],
    comparison: Comparison | None,
    changed: tuple[Change, ...],
    not_known: tuple[str, ...] = (),
) -> str:
    """Write the scores, the paired test and every option, library and module that differs.

    Parameters
    ----------
    columns : list of (name, Judged)
        The two runs.
    comparison : Comparison or None
        None if they were judged on other test images.
    changed : tuple of Change
        What differs, in groups by the first word of the name.
    not_known : tuple of str
        The names of those whose options and code are not known.
    """
    columns = [(as_text(name), judged) for name, judged in columns]
    (old, _), (new, _) = columns
    rows: list[tuple[object, ...]] = [
        (as_text(each.name), _short(each.old), _short(each.new)) for each in changed
    ]
    n_things = f"{len(rows):,} thing{' is' if len(rows) == 1 else 's are'} different"
    parts = (
        f"**{headline(old, new, comparison)}**",
        score_table(columns),
        compared_in_words(comparison) if comparison else "",
        *(
            f"The report of {as_text(name)} was removed: its options and code are not known, and not "
            "compared."
            for name in not_known
        ),
        f"**{n_things}**\n\n{table(('what', old, new), rows)}" if rows else _SAME,
    )
    return "\n\n".join(filter(None, parts)) + "\n"


_SAME = "**What is known of both is the same: options, data, code and libraries.**"


def _short(value: object) -> str:
    text = str(value)
    return as_text(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")
