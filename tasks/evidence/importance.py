"""Importance of pixels: a forest's impurity and permutation importance, a linear model's weights.

They belong to a fit of that kind of model. `tasks.evidence.occlusion` measures any model.
"""

from typing import TYPE_CHECKING, Any

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from tasks.data.records import LabelledImages
from tasks.evidence.records import ForestImportance, LinearWeights
from tasks.models.records import CandidateSpec

if TYPE_CHECKING:
    import numpy as np

    from tasks.models.fitting import Fit

N_PERMUTED = 300


def fitted_on_a_part(
    spec: CandidateSpec, train: LabelledImages, *, seed: int, n_jobs: int
) -> "tuple[Fit, int]":
    """Fit a candidate on at most 5,000 training images without copies, drawn by the seed.

    Returns
    -------
    fit : Fit
    n_fitted : int
    """
    from tasks.evidence.extra_fits import rows_of_a_part
    from tasks.models.build import build_estimator
    from tasks.models.fitting import fit_timed, flatten

    rows = rows_of_a_part(train.n_images, seed=seed)
    images, labels = load_array(train.images)[rows], load_array(train.labels)[rows]
    estimator = build_estimator(spec, seed=seed, n_jobs=n_jobs)
    return fit_timed(estimator, flatten(images), labels), len(rows)


def permutation_map(
    model: Any, images: "np.ndarray", labels: "np.ndarray", *, seed: int, n_jobs: int
) -> "np.ndarray":
    """Measure by how much accuracy falls when a window's content is exchanged among images.

    Breiman's permutation importance (2001), of small windows instead of single pixels: the
    neighbours of a single pixel carry almost the same information.

    Parameters
    ----------
    model : fitted classifier of flattened pixels with ``predict_proba``
    images : uint8 array, shape (n, height, width)
    labels : int array, shape (n,)
    seed : int

    Returns
    -------
    float64 array, shape (height, width)
        Fractions; below 0 where accuracy rose by chance.
    """
    import numpy as np

    from tasks.evidence.windows import map_of, windows_over
    from tasks.models.scoring import predictions_of_many

    windows = windows_over(*images.shape[1:])
    rng = np.random.default_rng(seed)
    batches = [images]
    for place in range(len(windows.corners)):
        at = (slice(None), *windows.at(place))
        exchanged = images.copy()
        exchanged[at] = images[rng.permutation(len(images))][at]
        batches.append(exchanged)
    predicted = predictions_of_many(model, batches, "predict_proba", n_jobs=n_jobs)
    accuracy = [float(np.mean(each == labels)) for each in predicted]
    return map_of(windows, [accuracy[0] - each for each in accuracy[1:]])


@cached_task(
    name="measure forest importance",
    run_name="measure importance in {spec.name}",
    ignoring=("n_jobs",),
)
def measure_forest_importance(
    spec: CandidateSpec, train: LabelledImages, test: LabelledImages, seed: int, n_jobs: int
) -> ForestImportance:
    """Fit a forest on a part of the training set and measure two kinds of importance."""
    import numpy as np

    from tasks.evaluation.intervals import wilson_interval
    from tasks.evidence.windows import windows_over

    fit, n_fitted = fitted_on_a_part(spec, train, seed=seed, n_jobs=n_jobs)
    rows = np.random.default_rng(seed).permutation(test.n_images)[:N_PERMUTED]
    images = np.asarray(load_array(test.images)[rows])
    labels = load_array(test.labels)
    right = _n_right(fit.model, test, "predict_proba")
    size = images.shape[1:]
    impurity = np.zeros(size)
    ink, forest = fit.model
    impurity.flat[ink.kept_] = forest.feature_importances_
    permutation = permutation_map(fit.model, images, labels[rows], seed=seed, n_jobs=n_jobs)
    return ForestImportance(
        candidate=spec.name,
        n_fitted=n_fitted,
        n_permuted=len(rows),
        window=windows_over(*size).side,
        accuracy=wilson_interval(right, test.n_images),
        impurity=save_array(impurity),
        permutation=save_array(permutation),
    )


@cached_task(
    name="measure linear weights", run_name="measure weights of {spec.name}", ignoring=("n_jobs",)
)
def measure_linear_weights(
    spec: CandidateSpec, train: LabelledImages, test: LabelledImages, seed: int, n_jobs: int
) -> LinearWeights:
    """Fit a linear model on a part of the training set and return its weights as images."""
    import numpy as np

    from tasks.evaluation.intervals import wilson_interval

    fit, n_fitted = fitted_on_a_part(spec, train, seed=seed, n_jobs=n_jobs)
    weights = np.asarray(fit.model[-1].coef_, dtype=np.float64)
    if len(weights) == 1:  # of two classes only the second's question is learned
        weights = np.concatenate([-weights, weights])
    right = _n_right(fit.model, test, spec.response_method)
    return LinearWeights(
        candidate=spec.name,
        classes=tuple(int(each) for each in fit.model.classes_),
        n_fitted=n_fitted,
        accuracy=wilson_interval(right, test.n_images),
        weights=save_array(weights.reshape(-1, *test.images.shape[1:])),
    )


def _n_right(model: Any, test: LabelledImages, method: Any) -> int:
    from tasks.models.fitting import class_scores, flatten

    scores = class_scores(model, flatten(load_array(test.images)), method)
    return int((model.classes_[scores.argmax(axis=1)] == load_array(test.labels)).sum())
