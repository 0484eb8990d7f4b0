"""Draw each stage once and store what was drawn; publishing it is another matter."""

from typing import TYPE_CHECKING

from flows.rendering import stored_figure as _stored
from tasks.caching import cached_task
from tasks.records import (
    ArrayRef,
    BinaryScores,
    Dataset,
    Evaluation,
    OutOfFold,
    Ranking,
    RenderedReport,
    TenClassScores,
    ThresholdChoice,
    TrainingSet,
)
from tasks.records_resolution import Resolution
from tasks.store import load_array

if TYPE_CHECKING:
    from artifacts.curve_figures import CandidateScores


@cached_task(name="draw data set")
def draw_dataset(dataset: Dataset) -> RenderedReport:
    """Render samples of every class, the class counts and the checks made."""
    from artifacts.image_figures import sample_grid_figure
    from artifacts.reports import dataset_report
    from artifacts.score_figures import class_counts_figure

    key = "0a-dataset"
    samples = sample_grid_figure(
        load_array(dataset.train.images), load_array(dataset.train.labels), dataset.classes
    )
    counts = class_counts_figure(dataset.train_counts, dataset.test_counts, dataset.classes)
    return RenderedReport(
        key=key,
        title="The data set",
        markdown=dataset_report(dataset),
        figures=(
            _stored(key, "samples", "Samples of every class", samples,
                    f"The first training images of each of the {len(dataset.classes)} classes."),
            _stored(key, "class-counts", "Class balance", counts,
                    "The share of each class in the training and in the test set."),
        ),
    )  # fmt: skip


@cached_task(name="draw augmentation")
def draw_augmentation(training: TrainingSet) -> RenderedReport:
    """Render one image beside its shifted copies, and the counts."""
    from artifacts.image_figures import shifted_figure
    from artifacts.reports import augmentation_report

    key = "0b-augmentation"
    stacked = load_array(training.stacked.images)
    variants = stacked[:: training.n_sources][: len(training.offsets)]
    copies = shifted_figure(variants, training.offsets)
    name, caption = "An image without copies", "The first training image; a frame marks its ink."
    if len(training.offsets) > 1:
        name = "An image and its copies"
        caption = (
            "The first training image beside its shifted copies; a frame marks where its ink was."
        )
    return RenderedReport(
        key=key,
        title="Augmentation: shifted copies",
        markdown=augmentation_report(training),
        figures=(
            _stored(key, "copies", name, copies, caption),
        ),
    )  # fmt: skip


@cached_task(name="draw binary")
def draw_binary(
    binaries: tuple[BinaryScores, ...], titles: tuple[str, ...], digit: int
) -> RenderedReport:
    """Render the confusion matrices of "is it the digit?" at the default threshold."""
    from artifacts.reports import binary_report
    from artifacts.score_figures import binary_confusion_figure
    from artifacts.words import article

    key = f"1-is-it-{article(digit).replace(' ', '-')}-or-not"
    return RenderedReport(
        key=key,
        title=f"1. Is it {article(digit)} or not?",
        markdown=binary_report(binaries, titles, digit),
        figures=(
            _stored(key, "confusion", "Confusion matrices at the default threshold",
                    binary_confusion_figure(binaries, titles, digit),
                    "True classes as rows and predicted ones as columns, for each candidate."),
        ),
    )  # fmt: skip


@cached_task(name="draw precision against recall")
def draw_precision_recall(
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    choices: tuple[ThresholdChoice, ...],
    binaries: tuple[BinaryScores, ...],
    winner: str,
) -> RenderedReport:
    """Render precision and recall against the threshold and against each other."""
    from artifacts.curve_figures import precision_recall_figure, threshold_figure
    from artifacts.reports import precision_recall_report

    key, digit = "2-precision-against-recall", choices[0].digit
    y_true = load_array(labels) == digit
    candidates = _digit_scores(out_of_fold, digit)
    titles = {each.name: each.title for each in candidates}
    by_name = {each.name: each for each in candidates}
    thresholds = tuple(
        _stored(key, f"threshold-{choice.candidate.replace('_', '-')}",
                f"Precision and recall against the threshold, {titles[choice.candidate]}",
                threshold_figure(
                    y_true, by_name[choice.candidate].scores, choice, titles[choice.candidate]
                ),
                f"Precision and recall of {titles[choice.candidate]} at every threshold; a dot "
                f"marks the chosen {choice.threshold:.4g}.")
        for choice in choices
    )  # fmt: skip
    curve = precision_recall_figure(
        y_true, candidates, choices, tuple(each.average_precision for each in binaries)
    )
    return RenderedReport(
        key=key,
        title="2. Precision against recall",
        markdown=precision_recall_report(choices, titles, winner),
        figures=(
            *thresholds,
            _stored(key, "curve", "Precision against recall", curve,
                    "The precision-recall curve of each candidate with its chosen point."),
        ),
    )  # fmt: skip


@cached_task(name="draw comparison")
def draw_comparison(
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    binaries: tuple[BinaryScores, ...],
    ranking: Ranking,
    digit: int,
) -> RenderedReport:
    """Render the candidates side by side: ROC curves, precision-recall curves, folds."""
    from artifacts.curve_figures import precision_recall_figure, roc_figure
    from artifacts.reports import comparison_report
    from artifacts.score_figures import folds_figure

    key = "3-which-candidate"
    y_true = load_array(labels) == digit
    candidates = _digit_scores(out_of_fold, digit)
    curve = precision_recall_figure(
        y_true, candidates, (), tuple(each.average_precision for each in binaries)
    )
    roc = roc_figure(y_true, candidates, tuple(each.roc_auc for each in binaries))
    return RenderedReport(
        key=key,
        title="3. Which candidate?",
        markdown=comparison_report(out_of_fold, binaries, ranking, digit),
        figures=(
            _stored(key, "roc", "ROC curves", roc,
                    "Recall against the false positive rate, with the corner enlarged."),
            _stored(key, "precision-recall", "Precision-recall curves", curve,
                    "Precision against recall of each candidate."),
            _stored(key, "folds", "Accuracy of every fold", folds_figure(ranking),
                    "Each candidate's accuracy on each fold, and the mean."),
        ),
    )  # fmt: skip


@cached_task(name="draw all classes")
def draw_ten_classes(ten: TenClassScores, title: str) -> RenderedReport:
    """Render the confusion matrix over all classes and the grid of errors."""
    from artifacts.reports import ten_class_report
    from artifacts.score_figures import confusion_figure, error_grid_figure

    key = "4-evaluating-the-winner"
    return RenderedReport(
        key=key,
        title=f"4. Evaluating the winner: {title}",
        markdown=ten_class_report(ten, title),
        figures=(
            _stored(key, "confusion", "Confusion matrix, out of fold",
                    confusion_figure(ten.confusion, ten.classes),
                    "True classes as rows, predicted ones as columns, counts of images."),
            _stored(key, "errors", "Which class is taken for which",
                    error_grid_figure(ten.confusion, ten.classes),
                    "Errors as a share of each true class, the diagonal blanked."),
        ),
    )  # fmt: skip


@cached_task(name="draw final scores")
def draw_evaluation(
    evaluation: Evaluation, resolution: Resolution, title: str, dataset_title: str
) -> RenderedReport:
    """Render the test scores against the goal and the test confusion matrix."""
    from artifacts.reports import evaluation_report
    from artifacts.score_figures import confusion_figure, interval_figure

    key = "5-final-scores"
    return RenderedReport(
        key=key,
        title="5. The final scores",
        markdown=evaluation_report(evaluation, resolution, title, dataset_title),
        figures=(
            _stored(key, "intervals", "The scores against the goal", interval_figure(evaluation),
                    "Accuracy, macro precision and macro recall with 95 % intervals and the "
                    "goal."),
            _stored(key, "confusion", "Confusion matrix, test set",
                    confusion_figure(evaluation.confusion, evaluation.classes),
                    "True classes as rows, predicted ones as columns, counts of images."),
        ),
    )  # fmt: skip


def _digit_scores(out_of_fold: tuple[OutOfFold, ...], digit: int) -> "tuple[CandidateScores, ...]":
    from artifacts.curve_figures import CandidateScores

    return tuple(
        CandidateScores(
            each.candidate.name,
            each.candidate.title,
            load_array(each.scores)[:, each.classes.index(digit)],
        )
        for each in out_of_fold
    )
