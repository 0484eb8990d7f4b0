"""Records of choices from out-of-fold scores: thresholds, rankings, settings."""

from engine.records import Record
from tasks.models.records import CandidateSpec, Matrix, Setting


class BinaryScores(Record):
    """One candidate's answer to "is it the digit?", from its out-of-fold scores.

    `confusion` has rows true (rest, digit) and columns predicted (rest, digit), at the
    candidate's default threshold.
    """

    candidate: str
    digit: int
    default_threshold: float
    confusion: Matrix
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    fold_accuracies: tuple[float, ...]


class ThresholdChoice(Record):
    """Operating point chosen on out-of-fold scores, never on the test set.

    `threshold` is in score units: predict positive when score >= threshold.
    """

    candidate: str
    digit: int
    threshold: float
    precision: float
    recall: float
    target_precision: float


class TenClassScores(Record):
    """All classes at once, from out-of-fold scores; the predicted class has the top score.

    `confusion` has rows true and columns predicted, in the order of `classes`; `accuracy` is
    over all images and `fold_accuracies` on each fold alone.
    `errors_by_class` counts, for each class, the errors in which it is the true or the
    predicted class; `most_confused` is the class with the largest count, and `worst_pair` the
    (true, predicted) cell with the most errors.
    """

    candidate: str
    classes: tuple[int, ...]
    confusion: Matrix
    accuracy: float
    fold_accuracies: tuple[float, ...]
    errors_by_class: tuple[int, ...]
    most_confused: int
    worst_pair: tuple[int, int]
    worst_pair_count: int


class RankedCandidate(Record):
    """One row of the comparison: per-fold accuracy over all classes and its cost."""

    costs = frozenset({"mean_fit_seconds"})

    candidate: str
    title: str
    fold_accuracies: tuple[float, ...]
    mean_accuracy: float
    std_accuracy: float
    mean_fit_seconds: float


class Ranking(Record):
    """Candidates from best to worst by mean fold accuracy, and a paired test of the top two.

    `p_value` is the exact McNemar test on the out-of-fold predictions of the first and the
    second; `only_first_right` and `only_second_right` are the two counts it stands on. They
    are None with a single candidate.
    """

    ranked: tuple[RankedCandidate, ...]
    winner: str
    p_value: float | None = None
    only_first_right: int | None = None
    only_second_right: int | None = None

    @property
    def is_significant(self) -> bool:
        """Whether the first and the second differ by more than chance at the 5 % level."""
        return self.p_value is not None and self.p_value < 0.05


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


class SettingScore(Record):
    """How one value of one parameter fares out of fold, all others being as chosen.

    `only_this_right` and `only_chosen_right` count training images; `p_value` is the exact
    McNemar test on them, 1.0 for the chosen value itself.
    """

    costs = frozenset({"mean_fit_seconds"})

    parameter: str
    value: Setting
    is_chosen: bool
    fold_accuracies: tuple[float, ...]
    mean_accuracy: float
    std_accuracy: float
    mean_fit_seconds: float
    only_this_right: int
    only_chosen_right: int
    p_value: float


class SettingsSearch(Record):
    """All values that were tried for a candidate, parameter by parameter."""

    candidate: CandidateSpec
    scores: tuple[SettingScore, ...]
