"""Two runs side by side: their scores, the images they differ on, and what was different."""

from artifacts.reports.champion import Judged, compared_in_words, score_table
from artifacts.text import as_text, table
from engine.differences import Change
from tasks.champion.records import Comparison

KEY = "9-two-runs"
TITLE = "Two runs compared"
LONGEST = 60  # characters of a value in a table


def two_runs_report(
    columns: list[tuple[str, Judged]], comparison: Comparison | None, changed: tuple[Change, ...]
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
    """
    (old, _), (new, _) = columns
    compared = (
        f"Newly right and newly wrong are meant from {old} to {new}. {compared_in_words(comparison)}"
        if comparison
        else "They were judged on other test images, so nothing can be said about which is better."
    )
    rows: list[tuple[object, ...]] = [
        (as_text(each.name), _short(each.old), _short(each.new)) for each in changed
    ]
    differences = (
        f"**{len(changed):,} things are different**\n\n{table(('what', old, new), rows)}"
        if rows
        else "**Options, data, code and libraries are the same.**"
    )
    return f"{score_table(columns)}\n\n{compared}\n\n{differences}\n"


def _short(value: object) -> str:
    text = str(value)
    return as_text(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")
