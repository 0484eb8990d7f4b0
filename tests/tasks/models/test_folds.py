"""Nothing leaks: an image and its shifted copies stand on one side of a fold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from tasks.data.augment import shift_offsets, stack_shifted
from tasks.errors import DataError
from tasks.models.folds import training_rows, validation_folds


@given(st.lists(st.integers(0, 3), min_size=24, max_size=80), st.integers(2, 4))
def test_folds_hold_every_image_once(labels, n_splits):
    labels = np.array([*labels, *np.repeat(np.arange(4), n_splits)])
    folds = validation_folds(labels, n_splits)
    assert sorted(np.concatenate(folds)) == list(range(len(labels)))


def test_folds_are_those_of_scikit_learns_cross_val_predict():
    labels = np.random.default_rng(0).integers(0, 10, 300)
    expected = [v for _, v in StratifiedKFold(3).split(np.zeros(300), labels)]
    for ours, theirs in zip(validation_folds(labels, 3), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(st.integers(1, 30), st.integers(1, 5), st.data())
def test_training_rows_are_all_rows_whose_source_is_outside_the_fold(n, n_variants, data):
    validation = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1)))), dtype=int)
    rows = training_rows(validation, n_sources=n, n_variants=n_variants)
    brute_force = [row for row in range(n * n_variants) if row % n not in set(validation)]
    assert rows.tolist() == brute_force


def test_no_training_row_shows_the_content_of_a_validation_image_however_shifted():
    rng = np.random.default_rng(1)
    images = np.zeros((12, 7, 7), np.uint8)
    images[:, 2:5, 2:5] = rng.integers(1, 256, (12, 3, 3))  # ink that no 1-pixel shift cuts off
    stacked = stack_shifted(images, shift_offsets(1))
    validation = np.array([0, 5, 7])
    rows = training_rows(validation, n_sources=12, n_variants=5)

    def ink(image):
        return tuple(image[image > 0])

    unseen = {ink(images[i]) for i in validation}
    assert unseen.isdisjoint(ink(stacked[row]) for row in rows)
    everything = training_rows(np.array([], dtype=int), n_sources=12, n_variants=5)
    assert unseen <= {ink(stacked[row]) for row in everything}


def test_a_class_with_fewer_images_than_folds_is_named():
    with pytest.raises(DataError, match=r"class 7 has only 2 training image.*--n-splits to 2"):
        validation_folds(np.array([1] * 9 + [7] * 2), 3)
