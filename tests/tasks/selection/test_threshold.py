"""The operating point, checked by trying every score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import DataError, UnreachablePrecision
from tasks.selection.threshold import class_column, lowest_threshold


@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.5, 0.8, 0.9]))
def test_chosen_threshold_is_the_lowest_that_reaches_the_target(seed, target):
    rng = np.random.default_rng(seed)
    y_true = rng.random(60) < 0.4
    scores = np.round(rng.normal(size=60) + 1.5 * y_true, 1)  # rounded: ties do occur
    reaching = [t for t in scores if y_true[scores >= t].mean() >= target]
    if not reaching:
        with pytest.raises(UnreachablePrecision):
            lowest_threshold(y_true, scores, target_precision=target)
        return
    threshold, precision, recall = lowest_threshold(y_true, scores, target_precision=target)
    assert threshold == min(reaching)
    positive = scores >= threshold
    assert precision == pytest.approx(y_true[positive].mean())
    assert recall == pytest.approx(positive[y_true].mean())


def test_an_unreachable_precision_names_the_best_reachable():
    y_true = np.array([False, True, False, False])
    with pytest.raises(UnreachablePrecision, match=r"0\.9000.*best is 0\.5000.*threshold 3"):
        lowest_threshold(y_true, np.array([4.0, 3.0, 2.0, 1.0]), target_precision=0.9)


def test_a_digit_that_no_image_shows_is_refused_with_the_classes_there_are():
    with pytest.raises(DataError, match=r"target digit 5.*classes 0, 1"):
        class_column((0, 1), 5)
