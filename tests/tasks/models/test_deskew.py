"""Upright images have no slant and their ink in the middle, however they were drawn."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift
from skimage.measure import moments_central

from tasks.models.kernel_sgd.deskew import ink_moments
from tasks.models.kernel_sgd.features import ShapeFeatures
from tasks.models.kernel_sgd.image_rows import ImageSizeError, lanes_of
from tests.support.upright import upright


def slanted_strokes(n=40, size=28):
    """Smooth strokes through the middle, each with a slant of its own from -1 to 1."""
    rng = np.random.default_rng(0)
    images = np.zeros((n, size, size))
    for image, slant in zip(images, np.linspace(-1, 1, n), strict=True):
        y = np.arange(9, 20)
        x = 14 + slant * (y - 14) + rng.normal(0, 0.7, len(y))
        image[y, np.round(x).astype(int)] = 255
    return gaussian_filter(images, (0, 1, 1)).astype(np.float32)


def flat(images):
    return images.reshape(len(images), -1)


def test_moments_are_those_of_scikit_image():
    images = slanted_strokes()
    centres, slants = ink_moments(lanes_of(flat(images), (28, 28)))
    for image, centre, slant in zip(images, centres.T, slants, strict=True):
        central = moments_central(image.astype(np.float64), order=2)
        assert slant == pytest.approx(central[1, 1] / central[2, 0], abs=1e-4)
        weights = image / image.sum()
        expected = [(weights.sum(axis=1) @ range(28)), (weights.sum(axis=0) @ range(28))]
        np.testing.assert_allclose(centre, expected, atol=1e-4)


def test_upright_images_have_no_slant_and_their_ink_in_the_middle():
    rows = upright(flat(slanted_strokes()))
    centres, slants = ink_moments(lanes_of(rows, (28, 28)))
    np.testing.assert_allclose(slants, 0, atol=0.03)
    np.testing.assert_allclose(centres, 13.5, atol=0.02)


def test_a_moved_image_comes_out_the_same():
    images = slanted_strokes()
    moved = shift(images, (0, 2, -3), order=0)
    np.testing.assert_allclose(upright(flat(moved)), upright(flat(images)), atol=0.2)


def test_an_image_without_ink_and_one_of_a_single_line_stay_as_they_are():
    images = np.zeros((2, 7, 7), dtype=np.uint8)
    images[1, 3, 1:6] = 200
    np.testing.assert_array_equal(upright(flat(images)), flat(images))


def test_images_that_are_not_square_need_their_height():
    rows = np.zeros((1, 60), dtype=np.uint8)
    assert ShapeFeatures(height=6, cell_size=2).fit(rows).image_size_ == (6, 10)
    with pytest.raises(ImageSizeError, match=r"rows of 60 pixels.*Pass height"):
        ShapeFeatures().fit(rows)


def test_a_row_of_any_number_type_is_the_same_image():
    rows = np.round(flat(slanted_strokes(3))).astype(np.uint8)
    features = ShapeFeatures().fit(rows)
    expected = features.transform(rows)
    for other in (rows.astype(np.float64), rows.astype(np.int64), rows.tolist()):
        np.testing.assert_array_equal(features.transform(other), expected)
