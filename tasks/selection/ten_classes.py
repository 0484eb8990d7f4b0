"""All classes at once: which are taken for which, and which class causes most confusion."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.models.records import Matrix, OutOfFold
from tasks.selection.records import TenClassScores

if TYPE_CHECKING:
    import numpy as np


def errors_by_class(confusion: "np.ndarray") -> "np.ndarray":
    """Count for each class the errors in which it is the true or the predicted class.

    Parameters
    ----------
    confusion : int array, shape (n_classes, n_classes), rows true, columns predicted
    """
    errors = _off_diagonal(confusion)
    counts: np.ndarray = errors.sum(axis=0) + errors.sum(axis=1)
    return counts


def worst_pair(confusion: "np.ndarray") -> tuple[int, int]:
    """Return the (row, column) of the most frequent error; the first one of equals."""
    import numpy as np

    row, column = np.unravel_index(_off_diagonal(confusion).argmax(), confusion.shape)
    return int(row), int(column)


def as_matrix(confusion: "np.ndarray") -> Matrix:
    """Turn a confusion matrix into the tuples a record holds."""
    return tuple(tuple(int(count) for count in row) for row in confusion)


def _off_diagonal(confusion: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return confusion - np.diag(confusion.diagonal())


@cached_task(name="measure ten classes", run_name="measure ten classes of {of.candidate.name}")
def measure_ten_classes(of: OutOfFold, labels: ArrayRef) -> TenClassScores:
    """Measure one candidate over all classes from its out-of-fold scores."""
    import numpy as np
    from sklearn.metrics import confusion_matrix

    y_true = load_array(labels)
    predicted = np.asarray(of.classes)[load_array(of.scores).argmax(axis=1)]
    confusion = confusion_matrix(y_true, predicted, labels=of.classes)
    errors = errors_by_class(confusion)
    row, column = worst_pair(confusion)
    return TenClassScores(
        candidate=of.candidate.name,
        classes=of.classes,
        confusion=as_matrix(confusion),
        accuracy=float(np.mean(predicted == y_true)),
        fold_accuracies=of.fold_accuracies,
        errors_by_class=tuple(int(count) for count in errors),
        most_confused=of.classes[int(errors.argmax())],
        worst_pair=(of.classes[row], of.classes[column]),
        worst_pair_count=int(confusion[row, column]) if row != column else 0,
    )
