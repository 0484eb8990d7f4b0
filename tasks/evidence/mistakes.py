"""The test images the winner gets wrong, and their nearest training images."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.data.records import LabelledImages
from tasks.evidence.records import Mistake, Mistakes

if TYPE_CHECKING:
    import numpy as np

N_STUDIED = 200
N_NEIGHBOURS = 5
CHUNK = 10_000


def nearest_training_images(
    images: "np.ndarray", training: "np.ndarray", *, n_neighbours: int
) -> "tuple[np.ndarray, np.ndarray]":
    """Find for each image the training images of least Euclidean distance, nearest first.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    training : uint8 array, shape (n_train, height, width)
        Read in parts, so that a float copy of all of it is never made.
    n_neighbours : int, at most n_train

    Returns
    -------
    index : int64 array, shape (n, n_neighbours)
    distance : float64 array, shape (n, n_neighbours)
        In grey levels: the square root of the summed squared differences of pixels.
    """
    import numpy as np

    rows = images.reshape(len(images), training[0].size).astype(np.float64)
    nearest = np.zeros((len(rows), 0), np.int64)
    squared = np.zeros((len(rows), 0))
    for start in range(0, len(training), CHUNK):
        part = training[start : start + CHUNK].reshape(-1, rows.shape[1]).astype(np.float64)
        # whole numbers below 2**53: exact, so the order does not depend on the arithmetic
        found = (rows**2).sum(axis=1)[:, np.newaxis] - 2 * rows @ part.T + (part**2).sum(axis=1)
        places = np.broadcast_to(np.arange(start, start + len(part)), found.shape)
        nearest, squared = np.hstack([nearest, places]), np.hstack([squared, found])
        keep = np.argsort(squared, axis=1, kind="stable")[:, :n_neighbours]
        nearest = np.take_along_axis(nearest, keep, axis=1)
        squared = np.take_along_axis(squared, keep, axis=1)
    return nearest, np.sqrt(squared)


def hardest_first(
    scores: "np.ndarray", labels: "np.ndarray", classes: tuple[int, ...]
) -> "tuple[np.ndarray, np.ndarray]":
    """Return the wrong predictions' indices and margins, the largest margin first.

    Parameters
    ----------
    scores : float array, shape (n, n_classes)
    labels : int array, shape (n,)
        A label outside `classes` has no score; its margin is the top score's own.

    Returns
    -------
    index : int array
    margin : float array
        Score of the predicted class minus score of the true class.
    """
    import numpy as np

    is_true = labels[:, np.newaxis] == np.asarray(classes)
    margins = scores.max(axis=1) - np.where(is_true, scores, 0.0).sum(axis=1)
    wrong = np.flatnonzero(np.asarray(classes)[scores.argmax(axis=1)] != labels)
    order = wrong[np.argsort(-margins[wrong], kind="stable")]
    return order, margins[order]


def suspicion(mistake: Mistake) -> str | None:
    """Say why a label may be wrong, or return None where there is no reason to think so.

    The model and almost all of the nearest training images must agree on another class, and
    none of these neighbours may have the published label.
    """
    agreeing = sum(label == mistake.predicted for label in mistake.neighbour_labels)
    supporting = sum(label == mistake.true for label in mistake.neighbour_labels)
    n = len(mistake.neighbour_labels)
    if supporting or agreeing < max(n - 1, 1):
        return None
    return (
        f"the model says {mistake.predicted}, ahead by {mistake.margin:.3g}; so do {agreeing} of "
        f"the {n} nearest training images, and none says {mistake.true}"
    )


@cached_task(name="study mistakes")
def study_mistakes(
    test_scores: ArrayRef, classes: tuple[int, ...], test: LabelledImages, train: LabelledImages
) -> Mistakes:
    """Study the hardest mistakes on the test set beside the training images nearest to them.

    Made from the scores that `evaluate` has stored. Nothing is chosen, corrected or left out
    of any score: a suspected label still counts as it was published.
    """
    import numpy as np

    scores, labels = load_array(test_scores), load_array(test.labels)
    index, margins = hardest_first(scores, labels, classes)
    studied = index[:N_STUDIED]
    train_labels = load_array(train.labels)
    nearest, distances = nearest_training_images(
        load_array(test.images)[studied],
        load_array(train.images),
        n_neighbours=min(N_NEIGHBOURS, train.n_images),
    )
    order = np.argsort(-scores[studied], axis=1, kind="stable")
    found = [
        Mistake(
            index=int(studied[i]),
            true=int(labels[studied[i]]),
            predicted=classes[int(order[i, 0])],
            runner_up=classes[int(order[i, 1])],
            margin=float(margins[i]),
            neighbours=tuple(int(each) for each in nearest[i]),
            neighbour_labels=tuple(int(each) for each in train_labels[nearest[i]]),
            neighbour_distances=tuple(round(float(each), 3) for each in distances[i]),
        )
        for i in range(len(studied))
    ]
    doubts = ((mistake.index, suspicion(mistake)) for mistake in found)
    return Mistakes(
        n_test=len(labels),
        n_wrong=len(index),
        studied=tuple(found),
        suspected=tuple((at, reason) for at, reason in doubts if reason),
    )
