"""The features are scikit-image's, or the paper's by brute force; sizes that cannot be."""

from itertools import product
from math import atan2, hypot, pi

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.feature import hog
from sklearn.utils.estimator_checks import check_get_params_invariance

from tasks.models.kernel_sgd.hog import HOG, fitting_cell, gradients, oriented_channels
from tasks.models.kernel_sgd.image_rows import ImageSizeError


def smooth_images(n=12, height=28, width=28):
    """Images with all directions in them, none of them just between two orientations."""
    rng = np.random.default_rng(0)
    noise = gaussian_filter(rng.normal(size=(n, height, width)), (0, 1.5, 1.5))
    noise -= noise.min()
    return (noise * 255 / noise.max()).astype(np.float32)


def flat(images):
    return images.reshape(len(images), -1)


@pytest.mark.parametrize("clip", [0.2, None])
@pytest.mark.parametrize(
    ("height", "width", "orientations", "cell", "block"),
    [(28, 28, 8, 4, 2), (28, 28, 9, 7, 1), (30, 21, 6, 5, 3), (8, 8, 9, 2, 2)],
)
def test_without_interpolation_the_features_are_those_of_scikit_image(  # noqa: PLR0913, PLR0917 - one row of the table each
    height, width, orientations, cell, block, clip
):
    images = smooth_images(height=height, width=width)
    made = HOG(
        height,
        orientations=orientations,
        cell_size=cell,
        block_size=block,
        interpolate=False,
        clip=clip,
        floor=1e-5,  # scikit-image's own
    ).fit_transform(flat(images))
    theirs = [
        hog(
            image / np.float32(255),
            orientations=orientations,
            pixels_per_cell=(cell, cell),
            cells_per_block=(block, block),
            block_norm="L2" if clip is None else "L2-Hys",
        )
        for image in images
    ]
    np.testing.assert_allclose(made, theirs, atol=2e-6)


def votes(image, *, cell, orientations):
    """Dalal and Triggs' interpolated votes, one pixel and one cell at a time."""
    height, width = image.shape
    histograms = np.zeros((height // cell, width // cell, orientations))
    for y, x in product(range(height), range(width)):
        down = image[y + 1, x] - image[y - 1, x] if 0 < y < height - 1 else 0.0
        right = image[y, x + 1] - image[y, x - 1] if 0 < x < width - 1 else 0.0
        step = atan2(down, right) % pi / pi * orientations
        for i, j, k in np.ndindex(histograms.shape):
            away = abs(step - k)
            shares = (
                1 - min(away, orientations - away),
                1 - abs((y + 0.5) / cell - (i + 0.5)),
                1 - abs((x + 0.5) / cell - (j + 0.5)),
            )
            if min(shares) > 0:
                histograms[i, j, k] += hypot(down, right) * np.prod(shares) / cell**2
    return histograms


def test_with_interpolation_each_gradient_votes_in_proportion_to_its_nearness():
    images = smooth_images(3, 12, 13)
    made = HOG(12, orientations=6, cell_size=4, block_size=1, clip=None, floor=0.02)
    expected = np.array([votes(each / 255, cell=4, orientations=6) for each in images])
    expected /= np.sqrt((expected**2).sum(axis=-1, keepdims=True) + 0.02**2)
    np.testing.assert_allclose(made.fit_transform(flat(images)), flat(expected), atol=1e-5)


@pytest.mark.parametrize("interpolate", [True, False])
def test_opposite_directions_together_are_the_unsigned_orientation(interpolate):
    found = gradients(smooth_images().transpose(1, 2, 0))
    signed = oriented_channels(*found, 16, interpolate=interpolate, signed=True)
    unsigned = oriented_channels(*found, 8, interpolate=interpolate)
    np.testing.assert_allclose(signed[:8] + signed[8:], unsigned, atol=1e-3)  # of 255 grey levels


def test_only_signed_orientations_tell_an_image_from_its_negative():
    rows = flat(smooth_images())
    for signed, is_same in ((False, True), (True, False)):
        features = HOG(signed=signed, clip=None).fit(rows)
        made, negative = features.transform(rows), features.transform(255 - rows)
        assert np.allclose(made, negative, atol=1e-4) == is_same


def test_an_image_without_gradients_has_features_of_0():
    assert not HOG().fit_transform(np.full((2, 64), 7, dtype=np.uint8)).any()


def test_features_do_not_depend_on_the_images_beside_them():
    rows = flat(smooth_images(300, 12, 12))
    together = HOG().fit_transform(rows)
    alone = np.concatenate([HOG().fit_transform(row[np.newaxis]) for row in rows[250:260]])
    np.testing.assert_allclose(together[250:260], alone, atol=1e-6)


def test_the_cell_follows_the_image_unless_it_is_named():
    assert fitting_cell((8, 8)) == 2
    assert HOG().fit(np.zeros((1, 64))).cell_size_ == 2
    assert HOG(cell_size=4).fit(np.zeros((1, 64))).cell_size_ == 4


def test_an_image_without_room_for_a_block_is_refused_in_plain_words():
    with pytest.raises(ImageSizeError, match=r"the images are 8 x 8 pixels.*needs 10 x 10"):
        HOG(cell_size=5).fit(np.zeros((1, 64)))


def test_rows_that_are_no_square_are_refused_in_plain_words():
    with pytest.raises(ImageSizeError, match=r"rows of 60 pixels.*Pass height"):
        HOG().fit(np.zeros((1, 60)))


def test_parameters_can_be_read_and_set():
    check_get_params_invariance("HOG", HOG())
