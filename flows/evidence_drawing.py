"""Draw the evidence beyond the scores once and store what was drawn."""

from typing import TYPE_CHECKING

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import ArrayRef, LabelledImages, Matrix, RenderedReport
from tasks.records_evidence import EveryClass, Mistakes, Sureness
from tasks.store import load_array

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

    from artifacts.sureness_figures import RiskBand

N_HARDEST = 24


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


@cached_task(name="draw mistakes")
def draw_mistakes(  # noqa: PLR0913, PLR0917 - pictures of the images themselves need them all
    mistakes: Mistakes,
    confusion: Matrix,
    classes: tuple[int, ...],
    predictions: ArrayRef,
    test: LabelledImages,
    train: LabelledImages,
    title: str,
) -> RenderedReport:
    """Render the hardest mistakes, the error grid as images, neighbours and doubtful labels."""
    from artifacts.evidence_reports import mistakes_report
    from artifacts.mistake_figures import N_SHOWN, error_images_figure, suspects_figure

    key = "5c-mistakes"
    images = load_array(test.images)
    places = {at for at, _ in mistakes.suspected[:N_SHOWN]}
    suspects = tuple(each for each in mistakes.studied if each.index in places)
    examples = {
        (each.true, each.predicted): images[each.index] for each in reversed(mistakes.studied)
    }
    means = _means(images, load_array(test.labels), load_array(predictions), classes)
    return RenderedReport(
        key=key,
        title="5c. The mistakes, one by one",
        markdown=mistakes_report(mistakes, title),
        figures=(
            stored_figure(
                key, "hardest", "The hardest mistakes", _hardest(mistakes, images),
                "The test images whose wrong class leads the true one by most, with the margin "
                "and the class of the second highest score.",
            ),
            stored_figure(
                key, "error-grid", "What is taken for what",
                error_images_figure(confusion, classes, examples, means),
                "A row for each true class, a column for each predicted one: the hardest mistake "
                "of every cell and their number; on the diagonal the mean of the right ones.",
            ),
            stored_figure(
                key, "neighbours", "The nearest training images",
                _neighbours(mistakes, images, train),
                "Hard mistakes, each beside the five training images nearest to it; blue ones "
                "have the true label, orange ones the predicted one.",
            ),
            stored_figure(
                key, "suspects", "Labels in doubt",
                suspects_figure(suspects, images[[each.index for each in suspects]]),
                "Test images whose published label neither the model nor the nearest training "
                "images support.",
            ),
        ),
    )  # fmt: skip


def _hardest(mistakes: Mistakes, images: "np.ndarray") -> "Figure":
    import numpy as np

    from artifacts.image_figures import mistakes_figure

    worst = mistakes.studied[:N_HARDEST]
    columns = [
        [each.true for each in worst],
        [each.predicted for each in worst],
        [each.margin for each in worst],
        [each.runner_up for each in worst],
    ]
    return mistakes_figure(images[[each.index for each in worst]], *map(np.asarray, columns))


def _neighbours(mistakes: Mistakes, images: "np.ndarray", train: LabelledImages) -> "Figure":
    import numpy as np

    from artifacts.mistake_figures import N_SHOWN, neighbours_figure

    worst = mistakes.studied[:N_SHOWN]
    nearest = np.array([each.neighbours for each in worst], dtype=np.int64)
    return neighbours_figure(
        worst, images[[each.index for each in worst]], load_array(train.images)[nearest]
    )


def _means(
    images: "np.ndarray", labels: "np.ndarray", predicted: "np.ndarray", classes: tuple[int, ...]
) -> "dict[int, np.ndarray]":
    """Return the mean of the rightly classified images of each class that has any."""
    right = {label: (labels == label) & (predicted == label) for label in classes}
    return {label: images[own].mean(axis=0) for label, own in right.items() if own.any()}


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
