"""Records of how a model behaves: its mistakes, the pixels it uses, its robustness.

None of them decides anything: they are made after every choice has been frozen.
"""

from engine.records import Record
from engine.store.refs import ArrayRef
from tasks.evaluation.records import Interval


class DisturbedAccuracy(Record):
    """Test accuracy under one kind of disturbance at one strength; 0 is no disturbance.

    `plain` is the model without augmentation on the same images and `p_value` the exact
    McNemar test of the two; both are None when there is no such model to compare with.
    """

    kind: str
    strength: float
    unit: str
    augmented: Interval
    plain: Interval | None
    p_value: float | None


class Robustness(Record):
    """What the augmentation bought: accuracy with and without it on disturbed test images.

    `shift` is how far the copies of the training images were moved, 0 for no copies.
    `own_jitter` is how strongly the model itself jitters its training images, 0 for not; the
    model without augmentation does neither. `n_images` test images were drawn by `seed`.
    """

    candidate: str
    shift: int
    own_jitter: float
    image_size: tuple[int, int]
    n_images: int
    n_test: int
    n_train_augmented: int
    n_train_plain: int
    seed: int
    scores: tuple[DisturbedAccuracy, ...]

    @property
    def is_compared(self) -> bool:
        """Whether there is a model without augmentation to compare with."""
        return all(score.plain is not None for score in self.scores)


class Occlusion(Record):
    """How much the score of the true class falls when a small window is blanked.

    `drops` is float64 (n_classes, height, width) in the unit of the scores: for each pixel
    the mean over the windows that cover it, over the images of a class; `means` are those
    images' means in grey levels, of the same shape. `n_images` counts the images of each
    class; a class without any has zeros in both. `window` is the side in pixels.
    """

    candidate: str
    classes: tuple[int, ...]
    n_images: tuple[int, ...]
    window: int
    are_probabilities: bool
    drops: ArrayRef
    means: ArrayRef


class ForestImportance(Record):
    """What a forest uses: its impurity importance beside permutation importance.

    Both are float64 (height, width). `impurity` sums to 1. `permutation` is, for each pixel,
    the mean fall of accuracy over the windows that cover it when a window's content is
    exchanged among `n_permuted` test images. The forest was fitted on `n_fitted` images.
    """

    candidate: str
    n_fitted: int
    n_permuted: int
    window: int
    accuracy: Interval
    impurity: ArrayRef
    permutation: ArrayRef


class LinearWeights(Record):
    """What a linear model adds up: one weight per class and pixel.

    `weights` is float64 (n_classes, height, width); for two classes there is one question and
    the first class has the negative of the second's. `accuracy` is that on all test images of
    the model, which was fitted on `n_fitted` images.
    """

    candidate: str
    classes: tuple[int, ...]
    n_fitted: int
    accuracy: Interval
    weights: ArrayRef


class Mistake(Record):
    """A wrongly classified test image, with the training images nearest to it.

    `index` is its row of the test set; `margin` is the score of the predicted class minus that of
    the true class; `runner_up` has the second highest score. The neighbours are rows of the
    original training set, the nearest first, by Euclidean distance in grey levels.
    """

    index: int
    true: int
    predicted: int
    runner_up: int
    margin: float
    neighbours: tuple[int, ...]
    neighbour_labels: tuple[int, ...]
    neighbour_distances: tuple[float, ...]


class Mistakes(Record):
    """The hardest mistakes on the test set, the largest margin first.

    `suspected` are (index, reason) of images whose published label may be wrong.
    """

    n_test: int
    n_wrong: int
    studied: tuple[Mistake, ...]
    suspected: tuple[tuple[int, str], ...]
