"""Declare what is watched from night to night: drift of the training data, and the history."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from artifacts.render import RenderedReport
from artifacts.reports.monitoring.drift import KEY as DRIFT_KEY
from artifacts.reports.monitoring.drift import (
    NO_CHAMPION,
    OTHER_SIZE,
    SAME,
    draw_drift,
    drift_report,
)
from artifacts.reports.monitoring.drift import TITLE as DRIFT_TITLE
from artifacts.reports.monitoring.history import KEY as HISTORY_KEY
from artifacts.reports.monitoring.history import TITLE as HISTORY_TITLE
from artifacts.reports.monitoring.history import draw_history, history_report
from engine.errors import DamagedFile
from engine.run.workflow import Workflow
from engine.store.location import store_root
from engine.store.sealed import read_sealed, write_sealed
from flows.stages.results import Found
from tasks.champion.records import Champion, Promotion
from tasks.class_names import ClassNames
from tasks.data.records import Dataset, LabelledImages
from tasks.evaluation.records import Evaluation
from tasks.models.records import FittedModel
from tasks.monitoring.drift import measure_drift
from tasks.monitoring.history import differences, points, stretches
from tasks.monitoring.records import Drift, HistoryEntry, HistoryPoint, NightFigures
from tasks.selection.records import ThresholdChoice

MOST_NIGHTS = 400  # a year and a month; reading them takes a fraction of a second
MOST_POINTS = 60  # more cannot be told apart in a picture of this width


@dataclass(frozen=True, slots=True)
class DriftReport:
    """How the training data compares with the champion's; both are None where it does not."""

    drift: Drift | None = None
    pictures: RenderedReport | None = None


def watch_drift(
    step: Workflow, train: LabelledImages, champion: Champion | None, names: ClassNames
) -> DriftReport:
    """Declare the comparison of a run's training images with the champion's."""
    if champion is None:
        return DriftReport()
    comparable = step.when(step.value(_may_have_drifted, champion.train, train))
    drift = comparable("compare the training data", measure_drift, champion.train, train)
    pictures = comparable("draw the drift", draw_drift, drift, champion.train, train, names)
    return DriftReport(drift, pictures)


def report_drift(
    found: DriftReport,
    train: LabelledImages,
    champion: Champion | None,
    *,
    say: Callable[[str], None],
) -> RenderedReport:
    """Write the report on drift, and warn in the terminal where there is any."""
    if champion is None or found.drift is None or found.pictures is None:
        return RenderedReport(
            key=DRIFT_KEY,
            title=DRIFT_TITLE,
            markdown=_why_not_compared(train, champion),
            figures=(),
        )
    if found.drift.over:
        over = ", ".join(each.name for each in found.drift.over)
        say(f"WARNING: the training data has drifted: {over}")
    return RenderedReport(
        key=DRIFT_KEY,
        title=DRIFT_TITLE,
        markdown=drift_report(found.drift, champion.time),
        figures=found.pictures.figures,
    )


@dataclass(frozen=True, slots=True)
class History:
    """The runs on some data sets, oldest first, and how many records cannot be read."""

    entries: tuple[HistoryEntry, ...]
    n_damaged: int

    @property
    def next_number(self) -> int:
        """The number of the next run."""
        return 1 + max((each.number for each in self.entries), default=0)

    def of(self, dataset_name: str) -> tuple[HistoryEntry, ...]:
        """Return the runs on one data set, which may have grown in between."""
        return tuple(each for each in self.entries if each.figures.dataset_name == dataset_name)


def read_history(datasets: tuple[str, ...]) -> History:
    """Read the newest runs that are kept of some data sets; nothing is computed from them."""
    paths = [path for path in sorted(_folder().glob("*.json")) if _may_be_on(path, datasets)]
    paths, found = paths[-MOST_NIGHTS:], []
    for path in paths:
        try:
            found.append(read_sealed(path, HistoryEntry))
        except DamagedFile:
            continue
    found.sort(key=lambda each: each.number)  # whatever the clock said
    return History(tuple(found), len(paths) - len(found))


def draw_nights(
    step: Workflow, of: Found, promotion: Promotion, history: History
) -> RenderedReport | None:
    """Declare the picture of the newest nights; a single one is no history."""
    figures = step.value(figures_of, of.dataset, of.fitted, of.choice, of.evaluation)
    nights = step.value(points_with, history, figures, promotion)
    return step.when(step.value(_is_history, nights))("draw the nights", draw_history, nights)


def points_with(
    history: History, figures: NightFigures, promotion: Promotion
) -> tuple[HistoryPoint, ...]:
    """Return the newest nights as they are drawn, this run's the last."""
    alike = history.of(figures.dataset_name)
    in_use = promotion.in_use
    is_new = in_use is not None and in_use.name not in {each.champion for each in alike}
    before = points(stretches(alike))
    if before and before[-1].figures == figures:
        now = before[-1].model_copy(
            update={"has_new_champion": before[-1].has_new_champion or is_new}
        )
        before = before[:-1]
    else:
        now = HistoryPoint(time=promotion.challenger.time, figures=figures, has_new_champion=is_new)
    return (*before, now)[-MOST_POINTS:]


def report_history(
    entry: HistoryEntry, history: History, pictures: RenderedReport | None, names: ClassNames
) -> RenderedReport:
    """Write the report on a run and the nights before it."""
    alike = history.of(entry.figures.dataset_name)
    text = history_report(
        stretches((*alike, entry)),
        differences(alike[-1], entry, names) if alike else None,
        since=alike[-1].time if alike else None,
        revisions=(alike[-1].code_revision if alike else "", entry.code_revision),
        n_damaged=history.n_damaged,
        names=names,
    )
    return RenderedReport(
        key=HISTORY_KEY,
        title=HISTORY_TITLE,
        markdown=text,
        figures=pictures.figures if pictures else (),
    )


def figures_of(
    dataset: Dataset, fitted: FittedModel, choice: ThresholdChoice, evaluation: Evaluation
) -> NightFigures:
    """Return what a run is plotted by."""
    return NightFigures(
        dataset_name=dataset.name,
        title=fitted.candidate.title,
        n_train=dataset.train.n_images,
        accuracy=evaluation.accuracy,
        macro_precision=evaluation.macro_precision,
        macro_recall=evaluation.macro_recall,
        digit=choice.digit,
        target_precision=choice.target_precision,
        threshold=choice.threshold,
        recall=choice.recall,
        fit_seconds=fitted.fit_seconds,
        peak_memory_bytes=fitted.peak_memory_bytes,
    )


def keep_entry(entry: HistoryEntry) -> None:
    """Write a run's record into the store, whole or not at all.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    write_sealed(_folder() / f"{entry.name}+{entry.figures.dataset_name}.json", entry)


def _may_have_drifted(before: LabelledImages, now: LabelledImages) -> bool:
    return before != now and before.images.shape[1:] == now.images.shape[1:]


def _why_not_compared(train: LabelledImages, champion: Champion | None) -> str:
    if champion is None:
        return NO_CHAMPION
    return SAME if champion.train == train else OTHER_SIZE


def _may_be_on(path: Path, datasets: tuple[str, ...]) -> bool:
    """Whether a run was on one of the data sets; an earlier version did not name it."""
    _, plus, dataset = path.stem.partition("+")
    return not plus or dataset in datasets


def _is_history(nights: tuple[HistoryPoint, ...]) -> bool:
    return len(nights) > 1


def _folder() -> Path:
    return store_root() / "history"
