"""Intervals against scipy's and against resampling the images themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import precision_score, recall_score

from tasks.evaluation.intervals import bootstrap_macro, wilson_interval


@given(st.integers(1, 500), st.data())
def test_wilson_interval_is_scipys(n, data):
    successes = data.draw(st.integers(0, n))
    ours = wilson_interval(successes, n)
    theirs = binomtest(successes, n).proportion_ci(method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert ours.low <= ours.value <= ours.high


def test_nothing_seen_says_nothing():
    nothing = wilson_interval(0, 0)
    assert (nothing.low, nothing.high) == (0.0, 1.0)


def labels_and_predictions(n=400, seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n)
    wrong = rng.random(n) < 0.2
    return true, np.where(wrong, rng.integers(0, 3, n), true)


def confusion_of(true, predicted):
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (true, predicted), 1)
    return counts


def test_macro_scores_are_scikit_learns():
    true, predicted = labels_and_predictions()
    precision, recall = bootstrap_macro(confusion_of(true, predicted), seed=0)
    assert precision.value == pytest.approx(precision_score(true, predicted, average="macro"))
    assert recall.value == pytest.approx(recall_score(true, predicted, average="macro"))


def test_resampling_the_matrix_gives_the_interval_of_resampling_the_images():
    true, predicted = labels_and_predictions()
    rng = np.random.default_rng(7)
    resampled = []
    for _ in range(3000):
        drawn = rng.integers(0, len(true), len(true))
        counts = confusion_of(true[drawn], predicted[drawn])
        resampled.append((np.diag(counts) / counts.sum(axis=1)).mean())
    _, recall = bootstrap_macro(confusion_of(true, predicted), seed=0)
    low, high = np.quantile(resampled, [0.025, 0.975])
    # 3,000 resamples place a 2.5 % quantile within about 0.003 here
    assert recall.low == pytest.approx(low, abs=0.006)
    assert recall.high == pytest.approx(high, abs=0.006)


def test_a_class_that_is_never_predicted_counts_as_zero():
    precision, _ = bootstrap_macro(np.array([[5, 0], [5, 0]]), seed=0)
    assert precision.value == pytest.approx(0.25)


def test_a_class_without_images_is_left_out_as_by_scikit_learn():
    """Two images of the first class are taken for the third, of which there is none."""
    confusion = np.array([[5, 1, 2], [0, 6, 0], [0, 0, 0]])
    true, predicted = (np.repeat(each.ravel(), confusion.ravel()) for each in np.indices((3, 3)))
    precision, recall = bootstrap_macro(confusion, seed=0)
    judge = {"average": "macro", "labels": [0, 1]}
    assert precision.value == pytest.approx(precision_score(true, predicted, **judge))
    assert recall.value == pytest.approx(recall_score(true, predicted, **judge))
