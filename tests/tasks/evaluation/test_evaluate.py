"""The final scores against scikit-learn's own, and the verdict at its borders."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from tasks.data.published.mnist import PARTS
from tasks.evaluation.evaluate import binary_test_scores, class_table, slice_scores, verdict
from tasks.evaluation.records import Interval
from tasks.selection.records import ThresholdChoice


def interval(value, low):
    return Interval(value=value, low=low, high=1.0, method="")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([(0.98, 0.97), (0.99, 0.975)], "met"),
        ([(0.98, 0.969), (0.99, 0.975)], "met but not separable from the goal"),
        ([(0.97, 0.96), (0.97, 0.96)], "met but not separable from the goal"),
        ([(0.9699, 0.96), (0.99, 0.98)], "missed"),
    ],
)
def test_the_verdict_depends_on_every_value_and_every_lower_end(scores, expected):
    assert verdict(tuple(interval(*each) for each in scores), 0.97) == expected


def test_the_class_table_is_scikit_learns():
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    rows = class_table(confusion_matrix(true, predicted, labels=range(4)), (0, 1, 2, 3))
    expected = precision_recall_fscore_support(true, predicted, labels=range(4), zero_division=0)
    found = np.array([[r.precision, r.recall, r.f1, r.support] for r in rows]).T
    np.testing.assert_allclose(found, np.array(expected, dtype=float))


def test_the_halves_of_mnist_are_counted_separately():
    right = np.zeros(10_000, bool)
    right[:4_000] = True
    right[5_000:5_500] = True
    first, last = slice_scores(right, PARTS)
    assert (first.accuracy.value, last.accuracy.value) == (0.8, 0.1)


def test_the_frozen_threshold_calls_positive_what_reaches_it():
    choice = ThresholdChoice(
        candidate="sgd", digit=5, threshold=2.0, precision=0.9, recall=0.5, target_precision=0.9
    )
    y_true = np.array([True, True, False, False, True])
    found = binary_test_scores(y_true, np.array([2.0, 1.9, 2.1, 0.0, 5.0]), choice)
    assert found.confusion == ((1, 1), (1, 2))
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.recall.value == pytest.approx(2 / 3)
