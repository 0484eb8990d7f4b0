"""Chapter 3's questions in the book's order, as calls of cached tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from flows.pending import is_pending
from flows.textbook_config import TextbookConfig
from flows.textbook_drawing import draw_parity
from tasks.binary import measure_binary
from tasks.book_fits import POSITIVE, fit_as_the_book, mark_digit
from tasks.book_models import BETWEEN, DIGIT, N_SPLITS, SEED, TARGET_PRECISION, BookModel
from tasks.cross_validate import gather_out_of_fold
from tasks.errors import DataError
from tasks.fetch import fetch_dataset, plan_fetch
from tasks.parity import compare_with_the_book
from tasks.probabilities import count_by_probability
from tasks.records import (
    ArrayRef,
    BinaryScores,
    Dataset,
    OutOfFold,
    RenderedReport,
    ThresholdChoice,
)
from tasks.records_parity import Parity, ProbabilityCounts
from tasks.threshold import select_threshold

Step = Callable[..., Any]


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


def reproduce(step: Step, config: TextbookConfig) -> BookFindings:
    """Fit the book's models its way, ask its questions and compare the answers.

    Raises
    ------
    DataError
        If the data set is not MNIST.
    """
    dataset = fetch_mnist(step, config)
    out_of_fold, detectors, choices, probabilities, ten_classes = [], [], [], [], []
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
        detectors.append(step(f"measure {_of(model)}", measure_binary, *asked, N_SPLITS))
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


def number_of_steps(config: TextbookConfig) -> int:
    """Count the steps of a run: 4 shared, and of each model its fits and what is asked of it."""
    return 4 + sum(
        len(steps_of_folds(model)) + 1 + (2 if model.question == "is it the digit?" else 0)
        for model in config.book_models
    )


def steps_of_folds(model: BookModel) -> tuple[tuple[int, ...], ...]:
    """Return which folds each step fits: all of them side by side, or one after the other."""
    folds = tuple(range(N_SPLITS))
    return (folds,) if model.side_by_side else tuple((fold,) for fold in folds)


def fit_and_gather(
    step: Step, config: TextbookConfig, model: BookModel, images: ArrayRef, labels: ArrayRef
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
    folds = done if is_pending(done) else tuple(fold for each in done for fold in each.folds)
    gathered: OutOfFold = step(
        f"out-of-fold scores of {_of(model)}", gather_out_of_fold, model.spec, folds, labels
    )
    return gathered


def fetch_mnist(step: Step, config: TextbookConfig) -> Dataset:
    """Fetch the data set and refuse any but MNIST.

    Raises
    ------
    DataError
        If it is another; the message says which.
    """
    plan = plan_fetch(config.dataset, config.data_dir, SEED)
    dataset: Dataset = step(
        "fetch", fetch_dataset, plan.wanted, plan.sources, config.fetch_deadline
    )
    if not is_pending(dataset):
        require_mnist(dataset)
    return dataset


def require_mnist(dataset: Dataset) -> None:
    """Refuse a data set that is not MNIST: the book's figures are of no other.

    Raises
    ------
    DataError
        If it is another; the message says which.
    """
    if dataset.is_mnist:
        return
    height, width = dataset.train.images.shape[1:]
    raise DataError(
        f"Asked for chapter 3's figures, which are of MNIST; found {dataset.title}: "
        f"{dataset.train.n_images:,} training images of {width} x {height} pixels, with the "
        f"content sha256 {dataset.content_sha256}. Leave --dataset out, and give --data-dir the "
        "folder with MNIST's four IDX files or let them be fetched."
    )


def _of(model: BookModel) -> str:
    return f"the book's {model.spec.title}"


def _folds(folds: tuple[int, ...]) -> str:
    numbers = [str(fold + 1) for fold in folds]
    return f"fold {numbers[0]}" if len(folds) == 1 else f"folds {', '.join(numbers)}"
