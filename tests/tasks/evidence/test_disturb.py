"""Disturbed images against laws: nothing is nothing, there and back, no ink made or lost."""

import numpy as np
import pytest

from tasks.evidence.disturb import KINDS, add_noise, blur_images, rotate_images

BY_NAME = {kind.name: kind for kind in KINDS}


def noise(n=3, size=28, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size), dtype=np.uint8)


@pytest.mark.parametrize("size", [8, 28])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_strength_0_leaves_every_image_as_it_is(kind, size):
    images = noise(size=size)
    assert np.array_equal(kind.disturb(images, 0.0, 42), images)
    assert kind.strengths[0] == 0
    assert list(kind.strengths) == sorted(set(kind.strengths))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_disturbance_keeps_shape_and_type_and_the_images_it_was_given(kind):
    images = noise(size=8)
    before = images.copy()
    for strength in kind.strengths[1:]:
        found = kind.disturb(images, strength, 42)
        assert (found.shape, found.dtype) == (images.shape, np.uint8)
        assert not np.array_equal(found, images)
    assert np.array_equal(images, before)


@pytest.mark.parametrize(
    ("there", "back"), [("moved left", "moved right"), ("moved up", "moved down")]
)
def test_a_shift_and_its_opposite_restore_all_but_the_lost_border(there, back):
    images = noise()
    for pixels in (1, 2, 3):
        moved = BY_NAME[there].disturb(images, pixels, 0)
        returned = BY_NAME[back].disturb(moved, pixels, 0)
        inner = np.s_[:, pixels:, pixels:]
        assert np.array_equal(returned[inner], images[inner])
        assert not np.array_equal(returned, images)


def test_directions_are_what_they_are_called():
    image = np.zeros((1, 9, 9), np.uint8)
    image[0, 4, 4] = 255
    places = {
        name: tuple(int(each) for each in np.argwhere(BY_NAME[name].disturb(image, 2, 0)[0])[0])
        for name in ("moved left", "moved right", "moved up", "moved down")
    }
    assert places == {
        "moved left": (4, 2),
        "moved right": (4, 6),
        "moved up": (2, 4),
        "moved down": (6, 4),
    }


def test_a_quarter_turn_is_numpys_and_left_is_counter_clockwise():
    images = noise(size=9)
    assert np.array_equal(rotate_images(images, 90), np.rot90(images, axes=(1, 2)))
    arm = np.zeros((1, 9, 9), np.uint8)
    arm[0, 4, 5:] = 255  # it points to the right; turned left a little, its tip is higher
    rows = np.arange(9)[:, np.newaxis]
    for name, sign in (("turned left", -1), ("turned right", 1)):
        turned = BY_NAME[name].disturb(arm, 20, 0)[0].astype(float)
        assert np.sign((rows * turned).sum() / turned.sum() - 4) == sign


def test_a_turn_and_its_opposite_move_no_ink_away_from_a_disc():
    """A disc about the middle is the same from all sides."""
    y, x = np.mgrid[:28, :28] - 13.5
    disc = (200 * np.exp(-(x**2 + y**2) / 40)).astype(np.uint8)[np.newaxis]
    for degrees in (-30, 10, 30):
        difference = np.abs(rotate_images(disc, degrees).astype(int) - disc)
        assert difference.max() <= 3  # a bilinear reading of a peak this wide is 2.5 too low


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("size", [8, 28])
def test_blur_keeps_the_mean_ink_and_lowers_its_variance(sigma, size):
    images = noise(size=size)
    blurred = blur_images(images, sigma)
    # rounding moves a pixel by at most half a grey level, and a mean by much less
    assert blurred.mean(axis=(1, 2)) == pytest.approx(images.mean(axis=(1, 2)), abs=0.2)
    assert (blurred.var(axis=(1, 2)) < images.var(axis=(1, 2))).all()


def test_blur_does_not_smear_one_image_into_the_next():
    images = np.zeros((3, 8, 8), np.uint8)
    images[1] = 255
    assert np.array_equal(blur_images(images, 2.0), images)


def test_noise_is_seeded_and_of_the_asked_strength():
    images = np.full((20, 28, 28), 128, np.uint8)
    found = add_noise(images, 20.0, seed=1)
    assert np.array_equal(found, add_noise(images, 20.0, seed=1))
    assert not np.array_equal(found, add_noise(images, 20.0, seed=2))
    # 15,680 draws place a standard deviation of 20 within 0.34 in 999 of 1,000 cases
    assert found.astype(float).std() == pytest.approx(20, abs=0.4)
    assert (add_noise(images, 80.0, seed=1) == 255).any()  # cut off, not wrapped around
