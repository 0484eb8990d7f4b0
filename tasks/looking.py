"""What does a model look at? Asked of models that say so themselves, and of any model.

A forest's impurity importance and a linear model's weights belong to a fit. The winner may
have neither; but any model can be asked what it loses when a part of the image is blanked.
"""

from typing import TYPE_CHECKING, Any

from tasks.caching import cached_task
from tasks.records import CandidateSpec, FittedModel, LabelledImages
from tasks.records_behaviour import ForestLook, LinearLook, Occlusion
from tasks.store import load_array, load_model, save_array

if TYPE_CHECKING:
    import numpy as np

    from tasks.fitting import Fit
    from tasks.windows import Windows

N_PERMUTED = 300
N_A_CLASS = 20


def first_of_each_class(
    labels: "np.ndarray", classes: tuple[int, ...], *, n: int
) -> "dict[int, np.ndarray]":
    """Return for each class the rows of its first `n` images, fewer if there are fewer."""
    import numpy as np

    return {label: np.flatnonzero(labels == label)[:n] for label in classes}


def blanked(
    images: "np.ndarray", windows: "Windows"
) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Blank every window of every image, where there is ink to take away.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)

    Returns
    -------
    copies : uint8 array, shape (n_copies, height, width)
    image, window : int64 arrays, shape (n_copies,)
        Which image and which window each copy belongs to.
    """
    import numpy as np

    inked = np.stack(
        [
            images[:, rows, columns].any(axis=(1, 2))
            for rows, columns in map(windows.at, range(len(windows.corners)))
        ],
        axis=1,
    )
    image, window = np.nonzero(inked)
    copies = images[image]
    for place in range(len(windows.corners)):
        rows, columns = windows.at(place)
        its = np.flatnonzero(window == place)
        copies[np.ix_(its, np.arange(windows.height)[rows], np.arange(windows.width)[columns])] = 0
    return copies, image, window


@cached_task(
    name="measure occlusion",
    run_name="measure occlusion of {fitted.candidate.name}",
    ignoring=("n_jobs",),
)
def measure_occlusion(fitted: FittedModel, test: LabelledImages, n_jobs: int) -> Occlusion:
    """Measure what blanking a window takes from the true class's score on some test images.

    Parameters
    ----------
    n_jobs : int
        Processor cores, -1 for all; not part of the cache key, as it changes no score.
    """
    import numpy as np

    from tasks.scoring import scores_of_many
    from tasks.windows import map_of, windows_over

    labels = load_array(test.labels)
    chosen = first_of_each_class(labels, fitted.classes, n=N_A_CLASS)
    rows = np.concatenate(list(chosen.values()))
    column = np.repeat(np.arange(len(chosen)), [len(each) for each in chosen.values()])
    images = np.asarray(load_array(test.images)[rows])
    windows = windows_over(*images.shape[1:])
    copies, image, window = blanked(images, windows)
    method = fitted.candidate.response_method
    batches = [images, *np.array_split(copies, max(1, len(copies) // 500))]
    whole, *parts = scores_of_many(load_model(fitted.model), batches, method, n_jobs=n_jobs)
    lost = np.zeros((len(images), len(windows.corners)))
    lost[image, window] = (
        whole[image, column[image]] - np.concatenate(parts)[np.arange(len(copies)), column[image]]
    )
    zeros = np.zeros(images.shape[1:])
    of_class = [column == place for place in range(len(chosen))]
    return Occlusion(
        candidate=fitted.candidate.name,
        classes=fitted.classes,
        n_images=tuple(len(each) for each in chosen.values()),
        window=windows.side,
        are_probabilities=method == "predict_proba",
        drops=save_array(
            np.stack(
                [map_of(windows, lost[own].mean(0)) if own.any() else zeros for own in of_class]
            )
        ),
        means=save_array(
            np.stack([images[own].mean(axis=0) if own.any() else zeros for own in of_class])
        ),
    )


def fitted_on_a_part(
    spec: CandidateSpec, train: LabelledImages, *, seed: int, n_jobs: int
) -> "tuple[Fit, int]":
    """Fit a candidate on at most 5,000 training images without copies, drawn by the seed.

    Returns
    -------
    fit : Fit
    n_fitted : int
    """
    from tasks.extra_fits import rows_of_a_part
    from tasks.fitting import fit_timed, flatten
    from tasks.models import build_estimator

    rows = rows_of_a_part(train.n_images, seed=seed)
    images, labels = load_array(train.images)[rows], load_array(train.labels)[rows]
    estimator = build_estimator(spec, seed=seed, n_jobs=n_jobs)
    return fit_timed(estimator, flatten(images), labels), len(rows)


def permutation_map(
    model: Any, images: "np.ndarray", labels: "np.ndarray", *, seed: int, n_jobs: int
) -> "np.ndarray":
    """Measure by how much accuracy falls when a window's content is exchanged among images.

    Breiman's permutation importance (2001), of small windows instead of single pixels: one
    pixel's neighbours say almost the same, so that alone it is hardly missed.

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

    from tasks.scoring import predictions_of_many
    from tasks.windows import map_of, windows_over

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


@cached_task(name="look into forest", run_name="look into {spec.name}", ignoring=("n_jobs",))
def look_into_forest(
    spec: CandidateSpec, train: LabelledImages, test: LabelledImages, seed: int, n_jobs: int
) -> ForestLook:
    """Fit a forest on a part of the training set and measure two kinds of importance."""
    import numpy as np

    from tasks.intervals import wilson_interval
    from tasks.windows import windows_over

    fit, n_fitted = fitted_on_a_part(spec, train, seed=seed, n_jobs=n_jobs)
    rows = np.random.default_rng(seed).permutation(test.n_images)[:N_PERMUTED]
    images = np.asarray(load_array(test.images)[rows])
    labels = load_array(test.labels)
    right = _n_right(fit.model, test, "predict_proba")
    size = images.shape[1:]
    permutation = permutation_map(fit.model, images, labels[rows], seed=seed, n_jobs=n_jobs)
    return ForestLook(
        candidate=spec.name,
        n_fitted=n_fitted,
        n_permuted=len(rows),
        window=windows_over(*size).side,
        accuracy=wilson_interval(right, test.n_images),
        impurity=save_array(fit.model[-1].feature_importances_.reshape(size)),
        permutation=save_array(permutation),
    )


@cached_task(name="look into linear model", run_name="look into {spec.name}", ignoring=("n_jobs",))
def look_into_linear_model(
    spec: CandidateSpec, train: LabelledImages, test: LabelledImages, seed: int, n_jobs: int
) -> LinearLook:
    """Fit a linear model on a part of the training set and return its weights as images."""
    import numpy as np

    from tasks.intervals import wilson_interval

    fit, n_fitted = fitted_on_a_part(spec, train, seed=seed, n_jobs=n_jobs)
    weights = np.asarray(fit.model[-1].coef_, dtype=np.float64)
    if len(weights) == 1:  # of two classes only the second's question is learned
        weights = np.concatenate([-weights, weights])
    right = _n_right(fit.model, test, spec.response_method)
    return LinearLook(
        candidate=spec.name,
        classes=tuple(int(each) for each in fit.model.classes_),
        n_fitted=n_fitted,
        accuracy=wilson_interval(right, test.n_images),
        weights=save_array(weights.reshape(-1, *test.images.shape[1:])),
    )


def _n_right(model: Any, test: LabelledImages, method: Any) -> int:
    from tasks.fitting import class_scores, flatten

    scores = class_scores(model, flatten(load_array(test.images)), method)
    return int((model.classes_[scores.argmax(axis=1)] == load_array(test.labels)).sum())
