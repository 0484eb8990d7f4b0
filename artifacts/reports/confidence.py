"""How far the model's confidence can be relied on: risk against coverage, and reliability."""

from typing import TYPE_CHECKING

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import interval, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.evaluation.records import Confidence

if TYPE_CHECKING:
    from artifacts.figures.confidence import RiskBand

KEY = "5b-confidence"
TITLE = "Confidence, and whether it is justified"


def confidence_report(confidence: Confidence, title: str) -> str:
    """Say what passing the least confident images on would save, and whether probabilities hold."""
    rows: list[tuple[object, ...]] = [
        (
            percent(point.coverage, 1),
            f"{confidence.n_test - point.n_answered:,}",
            f"{point.n_errors:,}",
            interval(point.accuracy),
            f"{point.least_lead:.4g}",
        )
        for point in confidence.coverages
    ]
    head = ("answered", "passed on", "errors left", "accuracy (95 % interval)", "least lead")
    return f"""{_saving(confidence, title)}

{table(head, rows)}

An image's lead is the score of the class it is taken for minus the runner-up's; images with equal \
leads are answered together. Averaged over every share answered, {percent(confidence.risk_area)} are \
wrong (the area under the curve). This is read from the stored test scores and chooses nothing: a \
least lead to work with would have to be chosen on out-of-fold scores.

{_reliability_text(confidence, title)}
"""


def _saving(confidence: Confidence, title: str) -> str:
    whole = confidence.coverages[0]
    if whole.n_errors == 0:
        return f"**{title} is right on every test image**, so there is nothing to pass on."
    if len(confidence.coverages) == 1:
        return f"**{title} is equally confident of every image**, so there is no order in which to pass them on."
    tenth = min(confidence.coverages, key=lambda point: abs(point.coverage - 0.9))
    caught = whole.n_errors - tenth.n_errors
    return (
        f"**Passing the least confident {percent(1 - tenth.coverage, 1)} of the test images to a person "
        f"would catch {caught:,} of {title}'s {whole.n_errors:,} errors**; of the rest it gets "
        f"{percent(tenth.accuracy.value)} right."
    )


def _reliability_text(confidence: Confidence, title: str) -> str:
    calibrated = confidence.reliabilities[-1].brier
    how = (
        "Calibrated means: isotonic regression of each class on the out-of-fold scores, rows divided by "
        "their sum. Those scores come from models fitted on a part of the training set, so a "
        "calibration for the model fitted on all of it can be slightly underconfident."
    )
    scale = "the mean squared distance between probabilities and truth, 0 at best and 2 at worst"
    if not confidence.are_probabilities:
        return (
            f"Left out: {title} gives scores of a decision function, not probabilities, so there is no "
            f"reliability of the scores as they are. Calibrated, their Brier score ({scale}) is "
            f"{_plain_interval(calibrated.value, calibrated.low, calibrated.high)}. {how}"
        )
    raw = confidence.reliabilities[0].brier
    return (
        f"**Are its probabilities calibrated?** As the model gives them their Brier score ({scale}) "
        f"is {_plain_interval(raw.value, raw.low, raw.high)}; calibrated it is "
        f"{_plain_interval(calibrated.value, calibrated.low, calibrated.high)}. Above the diagonal of "
        f"the figure a model is right more often than its probability says. {how}"
    )


def _plain_interval(value: float, low: float, high: float) -> str:
    return f"{value:.4f} (95 % interval {low:.4f} to {high:.4f})"


@cached_task(name="draw confidence")
def draw_confidence(
    confidence: Confidence,
    test_scores: ArrayRef,
    test_labels: ArrayRef,
    classes: tuple[int, ...],
    title: str,
) -> RenderedReport:
    """Render risk against coverage and the reliability of the probabilities."""
    from artifacts.figures.confidence import reliability_figure, risk_figure

    band = _risk_band(test_scores, test_labels, classes)
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=confidence_report(confidence, title),
        figures=(
            stored_figure(
                KEY, "risk", "Risk against coverage", risk_figure(band, confidence),
                "The error rate among the images still answered, when those of least lead are "
                "passed to a person.",
            ),
            stored_figure(
                KEY, "reliability", "Reliability", reliability_figure(confidence.reliabilities),
                "How often the predicted class is right, at each probability it was given.",
            ),
        ),
    )  # fmt: skip


def _risk_band(scores: ArrayRef, labels: ArrayRef, classes: tuple[int, ...]) -> "RiskBand":
    """Return the error rate at up to 1,500 coverages with its Wilson interval."""
    import numpy as np

    from artifacts.figures.confidence import RiskBand
    from artifacts.figures.curves import thinned
    from tasks.evaluation.confidence import leads, risk_curve
    from tasks.evaluation.intervals import wilson_interval

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
