"""Occlusion: how far the true class's score falls when a part of the image is blanked.

It can be measured for any model, also for one without importances or weights.
"""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, load_model, save_array
from tasks.data.records import LabelledImages
from tasks.evidence.records import Occlusion
from tasks.models.records import FittedModel

if TYPE_CHECKING:
    import numpy as np

    from tasks.evidence.windows import Windows

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

    from tasks.evidence.windows import map_of, windows_over
    from tasks.models.scoring import scores_of_many

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
