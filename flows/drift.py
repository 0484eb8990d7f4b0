"""Say whether a run's training images still look like those the champion learned from."""

from collections.abc import Callable
from typing import Any

from artifacts.drift_reports import NO_CHAMPION, OTHER_SIZE, SAME, drift_report
from flows.drift_drawing import KEY, draw_drift
from flows.pending import is_pending
from tasks.drift import measure_drift
from tasks.promotion_records import Champion
from tasks.records import LabelledImages, RenderedFigure, RenderedReport
from tasks.records_drift import Drift

N_STEPS = 2


def look_for_drift(
    step: Any, train: LabelledImages, champion: Champion | None, *, say: Callable[[str], None]
) -> RenderedReport:
    """Compare training images with the champion's, and warn where they have drifted."""
    if champion is None:
        return _report(NO_CHAMPION)
    if champion.train == train:
        return _report(SAME)
    if champion.train.images.shape[1:] != train.images.shape[1:]:
        return _report(OTHER_SIZE)
    drift, figures = measure(step, train, champion)
    if drift.over:
        say(f"WARNING: the training data has drifted: {', '.join(e.name for e in drift.over)}")
    return _report(drift_report(drift, champion.time), figures)


def measure(
    step: Any, train: LabelledImages, champion: Champion
) -> tuple[Drift, tuple[RenderedFigure, ...]]:
    """Measure and draw, as two cached steps."""
    step.total += N_STEPS
    drift = step("compare the training data", measure_drift, champion.train, train)
    drawn = step("draw the drift", draw_drift, drift, champion.train, train)
    return drift, drawn.figures


def plan_drift(step: Any, train: LabelledImages, champion: Champion | None) -> None:
    """Walk the two steps in a plan, where the training images may be pending."""
    if champion is None:
        return
    is_same = not is_pending(train) and (
        champion.train == train or champion.train.images.shape[1:] != train.images.shape[1:]
    )
    if not is_same:
        measure(step, train, champion)


def _report(text: str, figures: tuple[RenderedFigure, ...] = ()) -> RenderedReport:
    title = "Drift: the champion's training data and this run's"
    return RenderedReport(key=KEY, title=title, markdown=text, figures=figures)
