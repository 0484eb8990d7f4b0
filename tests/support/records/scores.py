"""Small records with figures a person can check by hand."""

from engine.store.refs import ArrayRef
from tasks.evaluation.records import (
    BinaryTestScores,
    ClassScore,
    Detectable,
    Evaluation,
    Interval,
    Resolution,
    SliceScore,
)
from tasks.selection.records import (
    BinaryScores,
    RankedCandidate,
    Ranking,
    TenClassScores,
    ThresholdChoice,
)

METHOD = "Wilson score interval, 95 %"

# a reference that is only written about: nothing in these records is read
NOWHERE = ArrayRef.model_construct(
    sha256="ab" * 32, suffix=".npy", size_bytes=1, shape=(4,), dtype="uint8"
)

CHOICE = ThresholdChoice(
    candidate="sgd", digit=5, threshold=1.25, precision=0.9, recall=0.48, target_precision=0.9
)

BINARY = BinaryScores(
    candidate="sgd",
    digit=5,
    default_threshold=0.0,
    confusion=((90, 1), (4, 5)),
    precision=5 / 6,
    recall=5 / 9,
    f1=2 / 3,
    roc_auc=0.96,
    average_precision=0.9,
    fold_accuracies=(0.94, 0.95, 0.96),
)

RANKING = Ranking(
    ranked=(
        RankedCandidate(
            candidate="random_forest",
            title="Random Forest",
            fold_accuracies=(0.97, 0.98),
            mean_accuracy=0.975,
            std_accuracy=0.007,
            mean_fit_seconds=12.0,
        ),
        RankedCandidate(
            candidate="sgd",
            title="SGD",
            fold_accuracies=(0.9, 0.92),
            mean_accuracy=0.91,
            std_accuracy=0.014,
            mean_fit_seconds=3.0,
        ),
    ),
    winner="random_forest",
    p_value=0.001,
    only_first_right=70,
    only_second_right=5,
)

TEN = TenClassScores(
    candidate="sgd",
    classes=(0, 1, 2),
    confusion=((10, 0, 1), (0, 10, 0), (4, 1, 5)),
    accuracy=25 / 31,
    fold_accuracies=(0.75, 0.85),
    errors_by_class=(5, 1, 6),
    most_confused=2,
    worst_pair=(2, 0),
    worst_pair_count=4,
)


def score(value: float) -> Interval:
    return Interval(value=value, low=value - 0.01, high=value + 0.01, method=METHOD)


EVALUATION = Evaluation.model_construct(
    candidate="sgd",
    classes=(0, 1),
    n_test=100,
    accuracy=score(0.98),
    macro_precision=score(0.975),
    macro_recall=score(0.979),
    per_class=(
        ClassScore(label=0, precision=0.9, recall=0.8, f1=0.85, support=60),
        ClassScore(label=1, precision=0.7, recall=0.6, f1=0.65, support=40),
    ),
    confusion=((59, 1), (1, 39)),
    slices=(SliceScore(name="first 5,000", n_images=5000, accuracy=score(0.97)),),
    binary=BinaryTestScores(
        digit=5,
        threshold=1.25,
        precision=score(0.88),
        recall=score(0.5),
        confusion=((1, 0), (0, 1)),
    ),
    goal=0.97,
    verdict="met but not separable from the goal",
    predictions=NOWHERE,
    scores=NOWHERE,
)

RESOLUTION = Resolution(
    n_images=100,
    half_width=0.03,
    rivals=(
        Detectable(why="runner-up", disagreement=0.2, smallest_significant=0.1, detectable=0.123),
        Detectable(why="unlike", disagreement=0.04, smallest_significant=None, detectable=None),
    ),
)
