"""Records of the evidence beyond the scores: what a model is sure of, looks at and withstands.

None of them decides anything: they are made after every choice has been frozen.
"""

from tasks.records import ArrayRef, Interval, Record


class CheapestPoint(Record):
    """The threshold whose mistakes cost least; None means that never raising an alarm does.

    `cost` is the sum over all images in the unit of the two costs.
    """

    threshold: float | None
    false_alarms: int
    misses: int
    cost: float


class ClassPoint(Record):
    """One class as a question of its own, "is it a 5?", from out-of-fold scores.

    `threshold`, `precision` and `recall` are the operating point at the asked precision and
    None where no threshold reaches it; `best_precision` is the best that any reaches.
    `fold_precisions` are the precisions of that threshold on each fold alone, None on a fold
    without an alarm.
    """

    label: int
    n_images: int
    threshold: float | None
    precision: float | None
    recall: float | None
    best_precision: float
    fold_precisions: tuple[float | None, ...]
    cheapest: CheapestPoint


class EveryClass(Record):
    """Every class's thresholds, one for the asked precision and one for the given costs."""

    candidate: str
    target_precision: float
    cost_false_alarm: float
    cost_miss: float
    n_images: int
    points: tuple[ClassPoint, ...]


class CoveragePoint(Record):
    """What is left when the least sure images are passed to a person.

    `coverage` is the share of images still answered, those that lead by `least_lead` or more
    (score of the predicted class minus the runner-up's).
    """

    coverage: float
    n_answered: int
    n_errors: int
    least_lead: float
    accuracy: Interval


class ReliabilityBin(Record):
    """Images whose top probability lies in [low, high): what was said and what came true."""

    low: float
    high: float
    n_images: int
    mean_probability: float
    accuracy: Interval


class Reliability(Record):
    """How well a kind of probability keeps its word on the test set.

    `brier` is the mean over images of the squared distance between the probabilities and
    the truth, from 0 (sure and right) to 2 (sure and wrong).
    """

    name: str
    brier: Interval
    bins: tuple[ReliabilityBin, ...]


class Sureness(Record):
    """Whether the model knows when it is right, from its stored test scores.

    `reliabilities` has the scores as they are only where they are probabilities; the
    calibrated ones were fitted on out-of-fold scores. `probabilities` is the calibrated
    float64 (n_test, n_classes). `risk_area` is the mean error rate over all coverages.
    """

    candidate: str
    n_test: int
    are_probabilities: bool
    coverages: tuple[CoveragePoint, ...]
    risk_area: float
    reliabilities: tuple[Reliability, ...]
    probabilities: ArrayRef


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
