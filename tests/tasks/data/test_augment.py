"""Shifted copies, by laws and by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.objects import load_array, save_array
from tasks.data.augment import augment, shift_images, shift_offsets, stack_shifted
from tasks.data.records import LabelledImages
from tasks.errors import DataError


def random_images(n=3, height=5, width=6, seed=0):
    return np.random.default_rng(seed).integers(1, 256, (n, height, width), dtype=np.uint8)


@given(st.integers(-7, 7), st.integers(-7, 7))
def test_a_shift_moves_every_pixel_and_fills_with_background(dx, dy):
    images = random_images()
    shifted = shift_images(images, dx=dx, dy=dy)
    for (i, y, x), value in np.ndenumerate(shifted):
        inside = 0 <= y - dy < 5 and 0 <= x - dx < 6
        assert value == (images[i, y - dy, x - dx] if inside else 0)


def test_right_and_back_left_restores_all_but_the_last_column():
    images = random_images()
    back = shift_images(shift_images(images, dx=1, dy=0), dx=-1, dy=0)
    np.testing.assert_array_equal(back[:, :, :-1], images[:, :, :-1])
    assert not back[:, :, -1].any()


def test_copy_v_of_image_i_is_row_v_times_n_plus_i():
    images = random_images(n=4)
    offsets = shift_offsets(2)
    stacked = stack_shifted(images, offsets)
    for v, (dx, dy) in enumerate(offsets):
        np.testing.assert_array_equal(
            stacked[v * 4 : v * 4 + 4], shift_images(images, dx=dx, dy=dy)
        )


def test_the_first_variant_is_the_originals_and_labels_repeat(store):
    images, labels = random_images(), np.array([3, 1, 2], np.uint8)
    train = LabelledImages(images=save_array(images), labels=save_array(labels))
    training = augment.fn(train, 1)
    np.testing.assert_array_equal(load_array(training.stacked.images)[:3], images)
    np.testing.assert_array_equal(load_array(training.stacked.labels), np.tile(labels, 5))


def test_without_a_shift_the_originals_are_used_as_they_are(store):
    train = LabelledImages(
        images=save_array(random_images()), labels=save_array(np.array([1, 2, 3], np.uint8))
    )
    assert augment.fn(train, 0).stacked == train


def test_a_shift_as_wide_as_the_image_is_refused(store):
    train = LabelledImages(
        images=save_array(random_images()), labels=save_array(np.array([1, 2, 3], np.uint8))
    )
    with pytest.raises(DataError, match=r"shift by 5 pixels.*6 x 5 pixels.*below 5"):
        augment.fn(train, 5)
