"""Is it the digit or not? Answered from the scores that serve all classes."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.models.records import OutOfFold
from tasks.selection.records import BinaryScores
from tasks.selection.threshold import class_column

if TYPE_CHECKING:
    import numpy as np


def fold_accuracies(
    y_true: "np.ndarray", predicted: "np.ndarray", folds: "list[np.ndarray]"
) -> tuple[float, ...]:
    """Return the share of right predictions in each fold of sample indices."""
    return tuple(float((y_true[fold] == predicted[fold]).mean()) for fold in folds)


@cached_task(name="measure binary", run_name="measure binary {out_of_fold.candidate.name}")
def measure_binary(out_of_fold: OutOfFold, labels: ArrayRef, digit: int) -> BinaryScores:
    """Measure one candidate as a detector of the target digit at its default threshold."""
    import numpy as np
    from sklearn import metrics

    y_true = load_array(labels) == digit
    scores = load_array(out_of_fold.scores)[:, class_column(out_of_fold.classes, digit)]
    spec = out_of_fold.candidate
    predicted = scores >= spec.default_threshold
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        y_true, predicted, average="binary", zero_division=0.0
    )
    confusion = metrics.confusion_matrix(y_true, predicted, labels=[False, True])
    return BinaryScores(
        candidate=spec.name,
        digit=digit,
        default_threshold=spec.default_threshold,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        precision=float(precision),
        recall=float(recall),
        f1=float(f1),
        roc_auc=float(metrics.roc_auc_score(y_true, scores)),
        average_precision=float(metrics.average_precision_score(y_true, scores)),
        fold_accuracies=fold_accuracies(
            y_true, np.asarray(predicted), [load_array(fold) for fold in out_of_fold.folds]
        ),
    )
