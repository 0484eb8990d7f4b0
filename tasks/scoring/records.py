"""Records of the model in use, of what it holds back, and of its answers."""

from typing import Literal

from engine.records import Record
from engine.store.refs import ArrayRef
from tasks.champion.records import Champion
from tasks.evaluation.records import Interval


class InUse(Record):
    """The champion of the store in the folder `store`; its files lie there.

    What decides an answer is the model and the scores it was calibrated on, by their digests.
    """

    costs = frozenset({"store", "champion"})

    store: str
    champion: Champion
    model_sha256: str
    calibrated_on: str


class Familiar(Record):
    """What the champion has learned from, to tell what is unlike all of it.

    `mean` is float32 (n_pixels,), `axes` float32 (n_pixels, n_axes), `references` float32
    (n, n_axes) with `labels`, uint8 (n,). An image whose distance exceeds `threshold` is flagged:
    a share of `expected` of the training images kept out does, and `false_alarms` of the test
    images.
    """

    mean: ArrayRef
    axes: ArrayRef
    references: ArrayRef
    labels: ArrayRef
    threshold: float
    expected: float
    false_alarms: Interval


class HoldBack(Record):
    """When an answer is held back: its `by` is below `threshold`, frozen on out-of-fold scores.

    `share` of the training images is then held back, and `accuracy` is that of the others, out of
    fold. `test_share` and `test_accuracy` are the same on the test images, which chose nothing.
    """

    asked: str
    by: Literal["lead", "probability"]
    threshold: float
    share: float
    accuracy: Interval
    test_share: float
    test_accuracy: Interval


class Scored(Record):
    """Answers, one for each of `Digits.images`.

    `classes` is uint8 (n, 2): the answer and the runner-up. `sureness` is float64 (n, 3): the
    calibrated probability of the answer, by how much its score leads, and the distance to the
    nearest training image of that class.
    """

    classes: ArrayRef
    sureness: ArrayRef
