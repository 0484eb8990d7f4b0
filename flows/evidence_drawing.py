"""Draw the evidence beyond the scores once and store what was drawn."""

from typing import TYPE_CHECKING

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import ArrayRef, RenderedReport
from tasks.records_evidence import EveryClass, Sureness
from tasks.store import load_array

if TYPE_CHECKING:
    from artifacts.sureness_figures import RiskBand


@cached_task(name="draw every class")
def draw_every_class(every: EveryClass, title: str) -> RenderedReport:
    """Render each class's recall at the asked precision and its spread over the folds."""
    from artifacts.evidence_reports import every_class_report
    from artifacts.sureness_figures import every_class_figure

    key = "2b-every-class"
    return RenderedReport(
        key=key,
        title="2b. Every class at the asked precision",
        markdown=every_class_report(every, title),
        figures=(
            stored_figure(
                key, "recall", "What every class gives", every_class_figure(every),
                "Each class's recall at the asked precision, and the precision that its "
                "threshold gives on each fold alone.",
            ),
        ),
    )  # fmt: skip


@cached_task(name="draw sureness")
def draw_sureness(
    sureness: Sureness,
    test_scores: ArrayRef,
    test_labels: ArrayRef,
    classes: tuple[int, ...],
    title: str,
) -> RenderedReport:
    """Render risk against coverage and the reliability of the probabilities."""
    from artifacts.evidence_reports import sureness_report
    from artifacts.sureness_figures import reliability_figure, risk_figure

    key = "5b-how-sure"
    band = _risk_band(test_scores, test_labels, classes)
    return RenderedReport(
        key=key,
        title="5b. How sure it is, and whether rightly",
        markdown=sureness_report(sureness, title),
        figures=(
            stored_figure(
                key, "risk", "Risk against coverage", risk_figure(band, sureness),
                "The error rate among the images still answered, when those of least lead are "
                "passed to a person.",
            ),
            stored_figure(
                key, "reliability", "Reliability", reliability_figure(sureness.reliabilities),
                "How often the predicted class is right, at each probability it was given.",
            ),
        ),
    )  # fmt: skip


def _risk_band(scores: ArrayRef, labels: ArrayRef, classes: tuple[int, ...]) -> "RiskBand":
    """Return the error rate at up to 1,500 coverages with its Wilson interval."""
    import numpy as np

    from artifacts.curve_figures import thinned
    from artifacts.sureness_figures import RiskBand
    from tasks.intervals import wilson_interval
    from tasks.sureness import leads, risk_curve

    every = load_array(scores)
    right = np.asarray(classes)[every.argmax(axis=1)] == load_array(labels)
    curve = risk_curve(leads(every), right)
    keep = thinned(len(curve.lead))
    intervals = [
        wilson_interval(int(errors), int(answered))
        for errors, answered in zip(curve.n_errors[keep], curve.n_answered[keep], strict=True)
    ]
    return RiskBand(
        curve.coverage[keep],
        curve.risk[keep],
        np.array([each.low for each in intervals]),
        np.array([each.high for each in intervals]),
    )
