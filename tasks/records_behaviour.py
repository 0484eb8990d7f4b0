"""Records of how a model behaves: what it looks at, and what it withstands.

None of them decides anything: they are made after every choice has been frozen.
"""

from tasks.records import ArrayRef, Interval, Record


class Withstood(Record):
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
    scores: tuple[Withstood, ...]

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


class ForestLook(Record):
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


class LinearLook(Record):
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
