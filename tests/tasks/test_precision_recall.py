"""Precision and recall at every threshold against scikit-learn's own, to the last digit."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from tasks.precision_recall import counts_by_threshold, precision_and_recall


@pytest.mark.parametrize("decimals", [None, 1, 0])
@pytest.mark.parametrize("n", [1, 2, 40, 3_000])
def test_the_curve_is_scikit_learns_with_ties_and_without(n, decimals):
    rng = np.random.default_rng(n)
    scores = rng.normal(size=n) if decimals is None else rng.normal(size=n).round(decimals)
    y_true = rng.random(n) < 0.2
    y_true[0] = True
    expected = precision_recall_curve(y_true, scores)
    for found, right in zip(precision_and_recall(y_true, scores), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_equal_scores_are_called_alike():
    thresholds, found, called = counts_by_threshold(
        np.array([True, False, True, False]), np.array([1.0, 1.0, 0.5, 2.0])
    )
    assert list(thresholds) == [2.0, 1.0, 0.5]
    assert list(found) == [0, 1, 2]
    assert list(called) == [1, 3, 4]
