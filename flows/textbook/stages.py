"""Chapter 3's questions in the book's order, as calls of cached tasks."""

from dataclasses import dataclass
from importlib import metadata

from artifacts.render import RenderedReport
from artifacts.reports.textbook import draw_parity
from engine.run.workflow import Workflow
from engine.store.refs import ArrayRef
from flows.textbook.config import TextbookConfig
from tasks.data.fetch import fetch_dataset, plan_fetch
from tasks.data.records import Dataset
from tasks.errors import DataError
from tasks.models.out_of_fold import gather_out_of_fold
from tasks.models.records import FoldScores, OutOfFold
from tasks.selection.binary import measure_binary
from tasks.selection.records import BinaryScores, ThresholdChoice
from tasks.selection.threshold import select_threshold
from tasks.textbook.compare import compare_with_the_book
from tasks.textbook.fits import POSITIVE, BookFolds, fit_as_the_book, mark_digit
from tasks.textbook.models import BETWEEN, DIGIT, N_SPLITS, SEED, TARGET_PRECISION, BookModel
from tasks.textbook.probabilities import count_by_probability
from tasks.textbook.records import Parity, ProbabilityCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFindings:
    """Everything that was measured to be set beside the book."""

    dataset: Dataset
    out_of_fold: tuple[OutOfFold, ...]
    detectors: tuple[BinaryScores, ...]
    choices: tuple[ThresholdChoice, ...]
    probabilities: tuple[ProbabilityCounts, ...]
    parity: Parity
    report: RenderedReport


def reproduce(step: Workflow, config: TextbookConfig) -> BookFindings:
    """Fit the book's models its way, ask its questions and compare the answers.

    Raises
    ------
    DataError
        If the data set is not MNIST.
    """
    dataset = fetch_mnist(step, config)
    out_of_fold: list[OutOfFold] = []
    detectors: list[BinaryScores] = []
    choices: list[ThresholdChoice] = []
    probabilities: list[ProbabilityCounts] = []
    ten_classes: list[OutOfFold] = []
    fives = step("mark the fives", mark_digit, dataset.train.labels, DIGIT)
    for model in config.book_models:
        is_binary = model.question == "is it the digit?"
        labels = fives if is_binary else dataset.train.labels
        scores = fit_and_gather(step, config, model, dataset.train.images, labels)
        out_of_fold.append(scores)
        if not is_binary:
            ten_classes.append(scores)
            continue
        asked = (scores, fives, POSITIVE)
        detectors.append(step(f"measure {_of(model)}", measure_binary, *asked))
        if model.spec.response_method == "predict_proba":
            counts = step(f"count by probability: {_of(model)}", count_by_probability,
                          *asked, *BETWEEN)  # fmt: skip
            probabilities.append(counts)
        else:
            choice = step(f"threshold of {_of(model)}", select_threshold, *asked, TARGET_PRECISION)
            choices.append(choice)
    parity = step(
        "compare with the book",
        compare_with_the_book,
        tuple(detectors),
        tuple(choices),
        tuple(probabilities),
        tuple(ten_classes),
        metadata.version("scikit-learn"),
    )
    titles = tuple((model.spec.name, model.spec.title) for model in config.book_models)
    report = step(
        "draw the comparison with the book", draw_parity, parity, titles, tuple(probabilities)
    )
    return BookFindings(
        dataset=dataset,
        out_of_fold=tuple(out_of_fold),
        detectors=tuple(detectors),
        choices=tuple(choices),
        probabilities=tuple(probabilities),
        parity=parity,
        report=report,
    )


def steps_of_folds(model: BookModel) -> tuple[tuple[int, ...], ...]:
    """Return which folds each step fits: all of them side by side, or one after the other."""
    folds = tuple(range(N_SPLITS))
    return (folds,) if model.side_by_side else tuple((fold,) for fold in folds)


def fit_and_gather(
    step: Workflow, config: TextbookConfig, model: BookModel, images: ArrayRef, labels: ArrayRef
) -> OutOfFold:
    """Fit one of the book's models on every fold and gather its scores."""
    done = tuple(
        step(
            f"fit {_of(model)}, {_folds(folds)} of {N_SPLITS}",
            fit_as_the_book,
            model.spec,
            folds,
            images,
            labels,
            N_SPLITS,
            SEED,
            config.n_jobs,
        )
        for folds in steps_of_folds(model)
    )
    folds = step.value(_all_folds, done)
    return step(
        f"out-of-fold scores of {_of(model)}", gather_out_of_fold, model.spec, folds, labels
    )


def fetch_mnist(step: Workflow, config: TextbookConfig) -> Dataset:
    """Fetch the data set and refuse any but MNIST.

    Raises
    ------
    DataError
        If it is another; the message says which.
    """
    plan = plan_fetch(config.dataset, config.data_dir, SEED)
    fetched = step("fetch", fetch_dataset, plan.wanted, plan.sources, config.fetch_deadline)
    return step.value(require_mnist, fetched)


def require_mnist(dataset: Dataset) -> Dataset:
    """Return MNIST, and refuse any other data set: the book's figures are of no other.

    Raises
    ------
    DataError
        If it is another; the message says which.
    """
    if dataset.is_mnist:
        return dataset
    height, width = dataset.train.images.shape[1:]
    raise DataError(
        f"Asked for chapter 3's figures, which are of MNIST; found {dataset.title}: "
        f"{dataset.train.n_images:,} training images of {width} x {height} pixels, with the "
        f"content sha256 {dataset.content_sha256}. Leave --dataset out, and give --data-dir the "
        "folder with MNIST's four IDX files or let them be fetched."
    )


def _all_folds(done: tuple[BookFolds, ...]) -> tuple[FoldScores, ...]:
    return tuple(fold for each in done for fold in each.folds)


def _of(model: BookModel) -> str:
    return f"the book's {model.spec.title}"


def _folds(folds: tuple[int, ...]) -> str:
    numbers = [str(fold + 1) for fold in folds]
    return f"fold {numbers[0]}" if len(folds) == 1 else f"folds {', '.join(numbers)}"
