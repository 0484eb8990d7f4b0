"""Cross-validate as chapter 3 does: float64 pixels from 0 to 255, folds in order, own labels.

"Is it a 5?" is a fit of two classes here, where the main job reads it off a fit of ten. One
fit per fold gives both what ``cross_val_score`` and what ``cross_val_predict`` would: with
the seed fixed, the book's repeated fits are the same fit.
"""

import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.cache.task import cached_task
from engine.records import Record
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from tasks.models.records import CandidateSpec, FoldScores, ResponseMethod

if TYPE_CHECKING:
    import numpy as np
    from sklearn.base import BaseEstimator

POSITIVE = 1


class BookFolds(Record):
    """The folds of one model that one step has fitted."""

    folds: tuple[FoldScores, ...]


class FoldFit(NamedTuple):
    """One fold's scores, float64 (n_validation, n_classes), its accuracy and its cost."""

    validation: "np.ndarray"
    scores: "np.ndarray"
    accuracy: float
    n_train: int
    fit_seconds: float
    score_seconds: float


def book_estimator(builder: str, pixels: "np.ndarray", *, seed: int, n_jobs: int) -> Any:
    """Return one of the book's estimators, unfitted; it takes pixels as they are stored.

    Parameters
    ----------
    builder : {"sgd", "random_forest", "standardised_sgd"}
    pixels : uint8 array, shape (n, n_pixels)
        All training images: the book standardises before it splits, so that the scaler
        has seen the fold that is scored (its pixels, not its labels).
    seed : int
    n_jobs : int
        Processor cores of one fit, -1 for all; it changes no score.

    Raises
    ------
    ValueError
        If there is no such builder.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    if builder == "random_forest":
        return RandomForestClassifier(random_state=seed, n_jobs=n_jobs)
    sgd = SGDClassifier(random_state=seed, n_jobs=n_jobs)
    if builder == "sgd":
        return make_pipeline(FunctionTransformer(as_float64), sgd)
    if builder == "standardised_sgd":
        scaler = StandardScaler().fit(as_float64(pixels))
        # fitted before the split and never again: a StandardScaler here would see one fold less
        return make_pipeline(FunctionTransformer(scaler.transform), sgd)
    message = f"The book has no model {builder!r}."
    raise ValueError(message)


def as_float64(pixels: "np.ndarray") -> "np.ndarray":
    """Return pixels from 0 to 255 in the type in which the book's SGD sees them."""
    import numpy as np

    return pixels.astype(np.float64)


def fit_fold(
    estimator: "BaseEstimator",
    pixels: "np.ndarray",
    labels: "np.ndarray",
    validation: "np.ndarray",
    response_method: ResponseMethod,
) -> FoldFit:
    """Fit a clone without one fold and score that fold.

    Parameters
    ----------
    pixels : uint8 array, shape (n, n_pixels)
    labels : int array, shape (n,)
    validation : int64 array
        The rows that are scored, ascending.
    """
    import numpy as np
    from sklearn.base import clone

    from tasks.models.fitting import class_scores
    from tasks.models.folds import training_rows

    rows = training_rows(validation, n_sources=len(labels), n_variants=1)
    start = time.perf_counter()
    model = clone(estimator).fit(pixels[rows], labels[rows])
    fitted = time.perf_counter()
    scores = class_scores(model, pixels[validation], response_method)
    scored = time.perf_counter()
    predicted = model.classes_[scores.argmax(axis=1)]
    accuracy = float(np.mean(predicted == labels[validation]))
    return FoldFit(validation, scores, accuracy, len(rows), fitted - start, scored - fitted)


def fit_folds(  # noqa: PLR0913 - every one of them decides the result, or how it is made
    spec: CandidateSpec,
    folds: tuple[int, ...],
    pixels: "np.ndarray",
    labels: "np.ndarray",
    *,
    n_splits: int,
    seed: int,
    n_jobs: int,
) -> tuple[list[FoldFit], tuple[str, ...]]:
    """Fit some folds, side by side if there are several, and return them with their warnings.

    Parameters
    ----------
    folds : tuple of int in [0, n_splits)
    pixels : uint8 array, shape (n, n_pixels)
    labels : int array, shape (n,)
    """
    from joblib import Parallel, delayed

    from tasks.models.folds import validation_folds

    split = validation_folds(labels, n_splits)
    alone = len(folds) == 1
    estimator = book_estimator(spec.builder, pixels, seed=seed, n_jobs=n_jobs if alone else 1)
    # threads share the pixels, and what one warns of is caught here for all of them
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fits = Parallel(n_jobs=1 if alone else n_jobs, prefer="threads")(
            delayed(fit_fold)(estimator, pixels, labels, split[fold], spec.response_method)
            for fold in folds
        )
    texts = dict.fromkeys(f"{each.category.__name__}: {each.message}" for each in caught)
    return list(fits), tuple(texts)


@cached_task(name="mark the digit", run_name="mark the {digit}")
def mark_digit(labels: ArrayRef, digit: int) -> ArrayRef:
    """Label each image `POSITIVE` if it shows the digit and 0 if not, as uint8."""
    import numpy as np

    return save_array((load_array(labels) == digit).astype(np.uint8) * POSITIVE)


@cached_task(
    name="fit as the book", run_name="fit {spec.name} as the book, {folds}", ignoring=("n_jobs",)
)
def fit_as_the_book(  # noqa: PLR0913, PLR0917 - every one of them decides the result
    spec: CandidateSpec,
    folds: tuple[int, ...],
    images: ArrayRef,
    labels: ArrayRef,
    n_splits: int,
    seed: int,
    n_jobs: int,
) -> BookFolds:
    """Fit and score some folds of one of the book's models.

    Parameters
    ----------
    folds : tuple of int in [0, n_splits)
        Several are fitted side by side, each on one core; one alone may use all cores.
    images : reference to uint8 (n, height, width)
    labels : reference to uint8 (n,)
    n_jobs : int
        Processor cores, -1 for all; not part of the cache key, as it changes no score.
    """
    import numpy as np

    from tasks.models.fitting import flatten

    pixels = np.asarray(flatten(load_array(images)))
    fits, texts = fit_folds(
        spec,
        folds,
        pixels,
        np.asarray(load_array(labels)),
        n_splits=n_splits,
        seed=seed,
        n_jobs=n_jobs,
    )
    return BookFolds(
        folds=tuple(
            FoldScores(
                candidate=spec.name,
                fold=fold,
                scores=save_array(fit.scores),
                validation_index=save_array(fit.validation),
                accuracy=fit.accuracy,
                n_train=fit.n_train,
                fit_seconds=fit.fit_seconds,
                score_seconds=fit.score_seconds,
                warnings=texts,
            )
            for fold, fit in zip(folds, fits, strict=True)
        )
    )
