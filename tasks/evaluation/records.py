"""Records of test scores, of a model's confidence, and of what a test set can show.

None of them decides anything: they are made after every choice has been frozen.
"""

from typing import Literal

from engine.records import Record
from engine.store.refs import ArrayRef
from tasks.models.records import Matrix


class Interval(Record):
    """A figure with its 95 % confidence interval and the method that made it."""

    value: float
    low: float
    high: float
    method: str


class ClassScore(Record):
    """Test scores of one class; `support` is the number of its test images."""

    label: int
    precision: float
    recall: float
    f1: float
    support: int


class SliceScore(Record):
    """Test accuracy on a named part of the test set."""

    name: str
    n_images: int
    accuracy: Interval


class BinaryTestScores(Record):
    """The frozen threshold read on the test set: does it still give the asked precision?"""

    digit: int
    threshold: float
    precision: Interval
    recall: Interval
    confusion: Matrix


Verdict = Literal["met", "met but not separable from the goal", "missed"]


class HeadlineScores(Record):
    """The three figures that a goal is set for, on the test set."""

    accuracy: Interval
    macro_precision: Interval
    macro_recall: Interval

    @property
    def headline(self) -> dict[str, Interval]:
        """The three figures by the names that reports give them, in their order."""
        return {
            "accuracy": self.accuracy,
            "macro precision": self.macro_precision,
            "macro recall": self.macro_recall,
        }


class FinalScores(HeadlineScores):
    """The scores of the winner on the test set, whatever the goal and the threshold are.

    `predictions` is uint8 (n_test,); `scores` is float64 (n_test, n_classes).
    `prediction_sha256` is the digest of the predictions' file: two runs that agree on every
    test image agree on it.
    """

    candidate: str
    classes: tuple[int, ...]
    n_test: int
    per_class: tuple[ClassScore, ...]
    confusion: Matrix
    slices: tuple[SliceScore, ...]
    predictions: ArrayRef
    scores: ArrayRef

    @property
    def prediction_sha256(self) -> str:
        """The digest of the predicted classes."""
        return self.predictions.sha256


class Evaluation(FinalScores):
    """The final scores with the frozen threshold and the goal; no choice was made on them."""

    binary: BinaryTestScores
    goal: float
    verdict: Verdict


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
    """Images whose top probability lies in [low, high): mean probability and accuracy."""

    low: float
    high: float
    n_images: int
    mean_probability: float
    accuracy: Interval


class Reliability(Record):
    """How well a kind of probability is calibrated on the test set.

    `brier` is the mean over images of the squared distance between the probabilities and
    the truth, from 0 (sure and right) to 2 (sure and wrong).
    """

    name: str
    brier: Interval
    bins: tuple[ReliabilityBin, ...]


class Confidence(Record):
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


class Detectable(Record):
    """The smallest differences in accuracy that show between the winner and some rival.

    `disagreement` is the share of images that exactly one of the two gets right: as observed
    for the runner-up, or that of a rival as accurate as the winner and wrong on other images.
    `smallest_significant` is the smallest observed difference that is significant at 5 %,
    `detectable` the smallest true one that turns out significant in 80 % of test sets like
    this one; None where no difference can.
    """

    why: Literal["runner-up", "unlike"]
    disagreement: float
    smallest_significant: float | None
    detectable: float | None


class Resolution(Record):
    """What a test set of `n_images` can show; all other figures are fractions.

    `half_width` is half the Wilson interval of the winner's accuracy.
    """

    n_images: int
    half_width: float
    rivals: tuple[Detectable, ...]
