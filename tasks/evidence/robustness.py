"""Accuracy on disturbed test images, with augmentation and without it.

It shows what augmentation gives where images are not centred or level, and decides nothing.
"""

from typing import TYPE_CHECKING, Any

from engine.cache.task import cached_task
from engine.store.objects import load_array, load_model
from tasks.data.records import LabelledImages, TrainingSet
from tasks.evidence.records import DisturbedAccuracy, Robustness
from tasks.models.records import FittedModel
from tasks.selection.compare import mcnemar_exact

if TYPE_CHECKING:
    import numpy as np

    from tasks.evidence.disturb import Kind

N_DISTURBED = 1000


def originals(train: LabelledImages) -> TrainingSet:
    """Return a training set without copies, as `tasks.data.augment` makes it for a shift of 0."""
    return TrainingSet(stacked=train, n_sources=train.n_images, offsets=((0, 0),))


def drawn_images(n_test: int, *, seed: int) -> "np.ndarray":
    """Return the rows of the test images that are disturbed, ascending int64 (n,)."""
    import numpy as np

    drawn = np.random.default_rng(seed).permutation(n_test)[:N_DISTURBED]
    rows: np.ndarray = np.sort(drawn)
    return rows


def disturbed_accuracy(
    kind: "Kind", strength: float, augmented: "np.ndarray", plain: "np.ndarray | None"
) -> DisturbedAccuracy:
    """Count what two models get right of the same disturbed images.

    Parameters
    ----------
    kind : Kind
    strength : float
    augmented, plain : bool arrays, shape (n,)
        Whether each image is right with augmentation and without; None without such a model.
    """
    from tasks.evaluation.intervals import wilson_interval

    return DisturbedAccuracy(
        kind=kind.name,
        strength=strength,
        unit=kind.unit,
        augmented=wilson_interval(int(augmented.sum()), len(augmented)),
        plain=None if plain is None else wilson_interval(int(plain.sum()), len(plain)),
        p_value=None
        if plain is None
        else mcnemar_exact(int((augmented & ~plain).sum()), int((plain & ~augmented).sum())),
    )


@cached_task(
    name="measure robustness",
    run_name="measure robustness of {augmented.candidate.name}",
    ignoring=("n_jobs",),
)
def measure_robustness(  # noqa: PLR0913, PLR0917 - two models, their images and the draw
    augmented: FittedModel,
    plain: FittedModel,
    test: LabelledImages,
    shift: int,
    seed: int,
    n_jobs: int,
) -> Robustness:
    """Score disturbed test images by the model with augmentation and the one without.

    Parameters
    ----------
    plain : FittedModel
        The same as `augmented` where there was no augmentation to leave out.
    shift : int
        How far the copies of the training images were moved, pixels.
    n_jobs : int
        Processor cores, -1 for all; not part of the cache key, as it changes no score.
    """
    from tasks.evidence.disturb import KINDS
    from tasks.evidence.extra_fits import own_jitter

    rows = drawn_images(test.n_images, seed=seed)
    images, labels = load_array(test.images)[rows], load_array(test.labels)[rows]
    cases = [(kind, at) for kind in KINDS for at in kind.strengths]
    disturbed = {
        (kind.name, at): kind.disturb(images, at, seed)
        for kind, at in cases
        if at or kind is KINDS[0]
    }
    is_pair = (plain.candidate, plain.n_train) != (augmented.candidate, augmented.n_train)
    models = (augmented, plain) if is_pair else (augmented,)
    right = [_right(model, disturbed, labels, n_jobs=n_jobs) for model in models]

    def of(answers: "dict[Any, np.ndarray]", kind: "Kind", at: float) -> "np.ndarray":
        return answers[(kind.name, at) if at else (KINDS[0].name, 0.0)]

    return Robustness(
        candidate=augmented.candidate.name,
        shift=shift,
        own_jitter=own_jitter(augmented.candidate),
        image_size=(images.shape[1], images.shape[2]),
        n_images=len(rows),
        n_test=test.n_images,
        n_train_augmented=augmented.n_train,
        n_train_plain=plain.n_train,
        seed=seed,
        scores=tuple(
            disturbed_accuracy(
                kind, at, of(right[0], kind, at), of(right[1], kind, at) if is_pair else None
            )
            for kind, at in cases
        ),
    )


def _right(
    fitted: FittedModel, disturbed: "dict[Any, np.ndarray]", labels: "np.ndarray", *, n_jobs: int
) -> "dict[Any, np.ndarray]":
    """Return for each case which images are classified rightly, several cases at a time."""
    from tasks.models.scoring import predictions_of_many

    predicted = predictions_of_many(
        load_model(fitted.model),
        list(disturbed.values()),
        fitted.candidate.response_method,
        n_jobs=n_jobs,
    )
    return {case: each == labels for case, each in zip(disturbed, predicted, strict=True)}
