"""The final test: the one place where the test set is read, once per run."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, load_model, save_array
from engine.store.refs import ArrayRef
from tasks.evaluation.records import (
    BinaryTestScores,
    ClassScore,
    Evaluation,
    FinalScores,
    Interval,
    SliceScore,
    Verdict,
)
from tasks.models.records import FittedModel, Labelled
from tasks.selection.records import ThresholdChoice
from tasks.selection.ten_classes import as_matrix

if TYPE_CHECKING:
    import numpy as np

Part = tuple[str, int, int]  # a name and the rows [start, end) that it stands for


def verdict(scores: tuple[Interval, ...], goal: float) -> Verdict:
    """Compare figures with the goal that every one of them should reach.

    *met* when every interval lies at or above the goal; *met but not separable from the
    goal* when every value does but some interval reaches below; otherwise *missed*.
    """
    if any(score.value < goal for score in scores):
        return "missed"
    if any(score.low < goal for score in scores):
        return "met but not separable from the goal"
    return "met"


def class_table(confusion: "np.ndarray", classes: tuple[int, ...]) -> tuple[ClassScore, ...]:
    """Return precision, recall, F1 and support of every class from a confusion matrix."""
    rows = []
    for i, label in enumerate(classes):
        right = int(confusion[i, i])
        predicted, support = int(confusion[:, i].sum()), int(confusion[i].sum())
        rows.append(
            ClassScore(
                label=label,
                precision=right / predicted if predicted else 0.0,
                recall=right / support if support else 0.0,
                f1=2 * right / (predicted + support) if predicted + support else 0.0,
                support=support,
            )
        )
    return tuple(rows)


def slice_scores(right: "np.ndarray", parts: tuple[Part, ...]) -> tuple[SliceScore, ...]:
    """Return the accuracy on named parts of the test set."""
    from tasks.evaluation.intervals import wilson_interval

    return tuple(
        SliceScore(
            name=name,
            n_images=end - start,
            accuracy=wilson_interval(int(right[start:end].sum()), end - start),
        )
        for name, start, end in parts
    )


def binary_test_scores(
    y_true: "np.ndarray", scores: "np.ndarray", choice: ThresholdChoice
) -> BinaryTestScores:
    """Read the frozen threshold on the test set.

    Parameters
    ----------
    y_true : bool array, shape (n_test,)
    scores : float array, shape (n_test,)
    """
    import numpy as np

    from tasks.evaluation.intervals import wilson_interval

    predicted = scores >= choice.threshold
    confusion = np.bincount(2 * y_true + predicted, minlength=4).reshape(2, 2)
    found = int(confusion[1, 1])
    return BinaryTestScores(
        digit=choice.digit,
        threshold=choice.threshold,
        precision=wilson_interval(found, int(confusion[:, 1].sum())),
        recall=wilson_interval(found, int(confusion[1].sum())),
        confusion=as_matrix(confusion),
    )


@cached_task(name="score the test set", run_name="score the test set by {fitted.candidate.name}")
def score_test_set(
    fitted: FittedModel, test: Labelled, seed: int, parts: tuple[Part, ...] = ()
) -> FinalScores:
    """Score the fitted winner on the test set and its named parts, with intervals."""
    import numpy as np
    from sklearn.metrics import confusion_matrix

    from tasks.evaluation.intervals import bootstrap_macro, wilson_interval
    from tasks.models.fitting import class_scores
    from tasks.models.rows import load_rows

    y_true = load_array(test.labels)
    spec = fitted.candidate
    scores = class_scores(load_model(fitted.model), load_rows(test), spec.response_method)
    predicted = np.asarray(fitted.classes, dtype=np.uint8)[scores.argmax(axis=1)]
    confusion = confusion_matrix(y_true, predicted, labels=fitted.classes)
    right = predicted == y_true
    macro_precision, macro_recall = bootstrap_macro(confusion, seed=seed)
    return FinalScores(
        candidate=spec.name,
        classes=fitted.classes,
        n_test=len(y_true),
        accuracy=wilson_interval(int(right.sum()), len(y_true)),
        macro_precision=macro_precision,
        macro_recall=macro_recall,
        per_class=class_table(confusion, fitted.classes),
        confusion=as_matrix(confusion),
        slices=slice_scores(right, parts),
        predictions=save_array(predicted),
        scores=save_array(scores),
    )


@cached_task(name="evaluate", run_name="evaluate {final.candidate} on the test set")
def evaluate(
    final: FinalScores, choice: ThresholdChoice, labels: ArrayRef, goal: float
) -> Evaluation:
    """Read the frozen threshold on the test scores, and hold them against the goal."""
    scores = load_array(final.scores)[:, final.classes.index(choice.digit)]
    return Evaluation(
        **dict(final),
        binary=binary_test_scores(load_array(labels) == choice.digit, scores, choice),
        goal=goal,
        verdict=verdict(tuple(final.headline.values()), goal),
    )
