"""The runs of one data set beside each other, and what changed since the last one."""

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import article, as_text, interval, moment, named, percent, table
from engine.cache.task import cached_task
from tasks.champion.records import Outcome
from tasks.class_names import NUMBERS, ClassNames
from tasks.monitoring.records import Changes, HistoryPoint, NightFigures, Stretch

KEY = "7-history"
TITLE = "History of runs"

MOST_ROWS = 30


def history_report(  # noqa: PLR0913 - the nights, and what is said of them
    nights: tuple[Stretch, ...],
    changed: Changes | None,
    *,
    since: str | None,
    revisions: tuple[str, str],
    n_damaged: int = 0,
    names: ClassNames = NUMBERS,
) -> str:
    """Say what changed since the last run and set the nights in a table, newest first.

    Parameters
    ----------
    nights : tuple of Stretch, oldest first, this run in the last one
    changed : Changes or None
        None if there was no run on this data set before.
    since : str or None
        When the last run was.
    revisions : (str, str)
        The last run's and this one's code revision.
    n_damaged : int
        Records that cannot be read.
    """
    shown = tuple(reversed(nights[-MOST_ROWS:]))
    paragraphs = [
        _changed(changed, since, revisions),
        _scores_table(shown),
        _costs_table(shown),
        _notes(nights, names),
    ]
    if n_damaged:
        paragraphs.append(f"Left out: {n_damaged:,} records that are damaged.")
    return "\n\n".join(paragraphs) + "\n"


def _changed(changed: Changes | None, since: str | None, revisions: tuple[str, str]) -> str:
    if changed is None or since is None:
        return "**This is the first run on this data set in this store**; there is none before it."
    if changed.is_empty:
        return f"**Nothing has changed since the last run, {moment(since)}.**"
    old, new = (each[:12] for each in revisions)
    at = f" (revision {old} -> {new})" if old != new else ""
    rows = (
        ("inputs", changed.inputs, ""),
        ("code", changed.code, at),
        ("libraries", changed.libraries, ""),
        ("scores", changed.scores, ""),
    )
    lines = [
        f"- {name}: {'; '.join(map(as_text, what)) + note if what else 'as before'}"
        for name, what, note in rows
    ]
    return f"**What changed since the last run, {moment(since)}:**\n\n" + "\n".join(lines)


def _scores_table(nights: tuple[Stretch, ...]) -> str:
    head = ("runs", "champion", "model", "images", "accuracy (95 % interval)")
    return table(
        head,
        [
            (
                _when(each),
                _mark(each),
                each.figures.title,
                f"{each.figures.n_train:,}",
                interval(each.figures.accuracy),
            )
            for each in nights
        ],
    )


def _costs_table(nights: tuple[Stretch, ...]) -> str:
    head = ("runs", "macro precision", "macro recall", "threshold", "recall", "fit, s", "GB")
    return table(
        head,
        [
            (
                _when(each),
                percent(each.figures.macro_precision.value),
                percent(each.figures.macro_recall.value),
                f"{each.figures.threshold:.4g}",
                percent(each.figures.recall, 1),
                f"{each.figures.fit_seconds:.1f}",
                f"{each.figures.peak_memory_bytes / 1e9:.2f}",
            )
            for each in nights
        ],
    )


def _mark(night: Stretch) -> str:
    outcome = night.outcome
    if night.has_new_champion and not outcome.moves:
        outcome = Outcome.PROMOTED  # by a later run of this stretch, or one killed before it ended
    return f"**{outcome.short}**" if outcome is Outcome.PROMOTED else outcome.short


def _when(night: Stretch) -> str:
    if night.n_runs == 1:
        return moment(night.first)
    return f"{moment(night.first)}, {night.n_runs}\u00a0runs"


def _notes(nights: tuple[Stretch, ...], names: ClassNames) -> str:
    found: NightFigures = nights[-1].figures
    left = len(nights) - MOST_ROWS
    older = f" {left:,} older rows are left out." if left > 0 else ""
    return (
        "Scores are of the test set; their intervals are in the picture. Threshold and recall are "
        f"those of the question 'is it {article(named(names, found.digit))}?' at precision "
        f"{percent(found.target_precision, 0)}, out of fold. The fit and its memory, in GB, are "
        "those of the winner's last fit on all images. Runs one after the other that found the "
        f"same stand in one row, with the time of the first.{older}"
    )


@cached_task(name="draw nights")
def draw_history(points: tuple[HistoryPoint, ...]) -> RenderedReport:
    """Render the scores, the operating point and the costs of the nights, without a text yet."""
    from artifacts.figures.history import nights_costs_figure, nights_scores_figure

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
