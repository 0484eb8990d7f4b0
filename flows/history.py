"""Keep one small record of every run, and show the nights beside each other.

A record is sealed and written whole or not at all; a damaged one is left out and counted.
Nothing is computed from the history.
"""

from pathlib import Path
from typing import Any

from artifacts.history_reports import history_report
from flows.config import RunConfig
from flows.history_drawing import KEY, draw_history
from flows.pending import PENDING, is_pending
from flows.reporting import FlowRunFacts
from flows.revision import code_revision, computing_code, library_versions
from flows.sealed_file import read_sealed, write_sealed
from flows.stages import Findings
from flows.steps import StepRecord, Steps
from tasks.errors import DamagedFile
from tasks.history import changes, points, stretches
from tasks.location import store_root
from tasks.promotion_records import Promotion
from tasks.records import RenderedFigure, RenderedReport
from tasks.records_history import HistoryEntry, HistoryPoint, NightFigures

MOST_NIGHTS = 400  # a year and a month; reading them takes a fraction of a second
MOST_POINTS = 60  # more cannot be told apart in a picture of this width


def report_history(
    step: Steps, config: RunConfig, found: Findings, promotion: Promotion, run: FlowRunFacts
) -> tuple[HistoryEntry, RenderedReport]:
    """Return this run's record, not yet kept, and the report on it and the nights before it."""
    entry = entry_of(config, found, promotion, run, tuple(step.records))
    earlier, n_damaged = read_entries()
    number = 1 + max((each.number for each in earlier), default=0)
    entry = entry.model_copy(update={"number": number})
    alike = tuple(each for each in earlier if is_alike(each, entry))
    nights = stretches((*alike, entry))
    changed = changes(alike[-1], entry) if alike else None
    text = history_report(
        nights,
        changed,
        since=alike[-1].time if alike else None,
        revisions=(alike[-1].code_revision if alike else "", entry.code_revision),
        left_out=(len(earlier) - len(alike), n_damaged),
    )
    report = RenderedReport(
        key=KEY,
        title="7. The nights",
        markdown=text,
        figures=draw_nights(step, points(nights)),
    )
    return entry, report


def plan_history(step: Any, found: Findings) -> None:
    """Walk the drawing of the nights in a plan: a night like the last one draws nothing new."""
    earlier, _ = read_entries()
    alike = [
        each
        for each in earlier
        if is_pending(found.dataset) or each.figures.dataset_name == found.dataset.name
    ]
    waiting = is_pending((found.dataset, found.fitted, found.choice, found.evaluation))
    if waiting:
        if alike:  # the first night of a data set has none to be drawn beside
            draw_nights(step, PENDING)
        return
    figures = figures_of(found)
    nights = stretches(tuple(alike))
    is_like_last = bool(nights) and nights[-1].figures == figures
    if nights:
        draw_nights(step, points(nights) if is_like_last else PENDING)


def draw_nights(step: Any, nights: tuple[HistoryPoint, ...]) -> tuple[RenderedFigure, ...]:
    """Draw the newest nights as a cached step; a single one is no history."""
    shown = PENDING if is_pending(nights) else nights[-MOST_POINTS:]
    if not is_pending(shown) and len(shown) < 2:
        return ()
    step.total += 1
    drawn: RenderedReport = step("draw the nights", draw_history, shown)
    return drawn.figures


def is_alike(one: HistoryEntry, other: HistoryEntry) -> bool:
    """Whether two runs stand on the same data set, which may have grown in between."""
    return one.figures.dataset_name == other.figures.dataset_name


def entry_of(
    config: RunConfig,
    found: Findings,
    promotion: Promotion,
    run: FlowRunFacts,
    steps: tuple[StepRecord, ...],
) -> HistoryEntry:
    """Return the record of a run."""
    in_use = promotion.in_use
    return HistoryEntry(
        name=promotion.challenger.name,
        run_id=str(run.id),
        time=promotion.challenger.time,
        figures=figures_of(found),
        goal=found.evaluation.goal,
        verdict=found.evaluation.verdict,
        outcome=promotion.decision.outcome,
        champion=in_use.name if in_use else None,
        content_sha256=found.dataset.content_sha256,
        model_sha256=found.fitted.model.sha256,
        prediction_sha256=found.evaluation.prediction_sha256,
        knobs=config.model_dump(mode="json"),
        code=computing_code(),
        code_revision=code_revision(),
        libraries=library_versions(),
        n_steps=len(steps),
        n_reused=sum(step.reused for step in steps),
    )


def figures_of(found: Findings) -> NightFigures:
    """Return what a run is plotted by."""
    evaluation, choice = found.evaluation, found.choice
    return NightFigures(
        dataset_name=found.dataset.name,
        title=found.fitted.candidate.title,
        n_train=found.dataset.train.n_images,
        accuracy=evaluation.accuracy,
        macro_precision=evaluation.macro_precision,
        macro_recall=evaluation.macro_recall,
        digit=choice.digit,
        target_precision=choice.target_precision,
        threshold=choice.threshold,
        recall=choice.recall,
        fit_seconds=found.fitted.fit_seconds,
        peak_memory_bytes=found.fitted.peak_memory_bytes,
    )


def read_entries() -> tuple[tuple[HistoryEntry, ...], int]:
    """Return the newest runs that are kept, oldest first, and how many cannot be read."""
    paths = sorted(_folder().glob("*.json"))[-MOST_NIGHTS:]
    found = []
    for path in paths:
        try:
            found.append(read_sealed(path, HistoryEntry))
        except DamagedFile:
            continue
    found.sort(key=lambda each: each.number)
    return tuple(found), len(paths) - len(found)


def keep_entry(entry: HistoryEntry) -> None:
    """Write a run's record into the store, whole or not at all.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    write_sealed(_folder() / f"{entry.name}.json", entry)


def _folder() -> Path:
    return store_root() / "history"
