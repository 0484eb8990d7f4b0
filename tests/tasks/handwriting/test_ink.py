"""Ink is told from ground whatever the light, the paper and the colour of the pen."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_otsu
from sklearn.datasets import load_digits

from tasks.handwriting.find import find_digits
from tasks.handwriting.ink import (
    _long_lines,
    even_ground_of,
    find_ink,
    ground_of,
    otsu_threshold,
    without_ruled_lines,
)


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_the_one_of_scikit_image(seed):
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(20, 5, 900), rng.normal(120, 20, 300)])
    assert otsu_threshold(values) == pytest.approx(threshold_otsu(values))


@pytest.mark.parametrize("width", [120, 130, 133])
def test_long_runs_are_those_of_a_morphological_opening(width):
    is_ink = np.random.default_rng(0).random((40, width)) < 0.5
    is_ink[7] = True
    runs = ndimage.binary_opening(is_ink, np.ones((1, width // 12), bool))
    found = _long_lines(is_ink)
    assert found[7].all()
    assert not (found & ~runs).any()


def test_the_ground_of_a_page_is_found_under_its_ink():
    y, x = np.mgrid[0:200, 0:300].astype(np.float32)
    truth = 240 - 0.3 * x - 0.0006 * (y - 100) ** 2
    page = truth.copy()
    page[60:140, 100:180] -= 120
    assert np.abs(ground_of(page) - truth).max() < 2


@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize("noise", [0, 12])
def test_ink_is_found_dark_or_light_in_uneven_light(is_inverted, noise):
    y, x = np.mgrid[0:300, 0:300].astype(np.float32)
    truth = ((y - 150) ** 2 + (x - 150) ** 2 < 80**2) & ((y - 150) ** 2 + (x - 150) ** 2 > 60**2)
    page = 230 - 0.3 * (x + y) / 2 - 110 * truth
    page += np.random.default_rng(0).normal(0, noise, page.shape)
    page = np.clip(page, 0, 255)
    found = find_ink(np.rint(255 - page if is_inverted else page).astype(np.uint8)).is_ink
    assert (found & truth).sum() / (found | truth).sum() > 0.9


@pytest.mark.parametrize("noise", [0, 3, 30])
def test_on_an_empty_page_hardly_anything_is_ink(noise):
    page = 200 + np.random.default_rng(0).normal(0, noise, (200, 200))
    assert find_ink(np.clip(page, 0, 255).astype(np.uint8)).is_ink.mean() < 0.001


def test_ruled_lines_go_and_the_strokes_that_cross_them_stay_whole():
    page = np.zeros((300, 300), bool)
    page[40:260, 100:112] = True  # a stroke, upright
    page[60:72, 150:210] = True  # and one across, much shorter than a line
    strokes = page.copy()
    page[100::60] = page[101::60] = True
    found = without_ruled_lines(page)
    assert found[strokes].mean() > 0.97
    assert not found[:, :90].any()
    assert ndimage.label(found)[1] == 2


def test_squared_paper_is_taken_out_in_both_directions():
    page = np.zeros((400, 400), bool)
    page[::40] = page[:, ::40] = True
    assert without_ruled_lines(page).mean() < 0.002


@pytest.fixture(scope="module")
def one_of_each():
    digits = load_digits()
    rows = [int(np.flatnonzero(digits.target == digit)[5]) for digit in range(10)]
    return np.rint(digits.images[rows] * 255 / 16).astype(np.uint8)


def enlarged(image, size, margin):
    """Enlarge a digit; a margin of nothing stands for a crop to the ink itself."""
    large = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))
    if margin is not None:
        return np.pad(large, margin)
    left, top, right, bottom = box_of(large > 60)
    return np.ascontiguousarray(large[top:bottom, left:right])


def box_of(is_ink):
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


@pytest.mark.parametrize("is_dark", [False, True], ids=["light ink", "dark ink"])
@pytest.mark.parametrize("margin", [None, 0, 2, 10])
@pytest.mark.parametrize("size", [28, 64, 100])
def test_a_digit_is_found_whole_however_narrow_its_margin(one_of_each, size, margin, is_dark):
    for image in one_of_each:
        shown = enlarged(image, size, margin)
        found = find_digits(find_ink(255 - shown if is_dark else shown), is_one=False)
        assert len(found) == 1
        # the threshold may lie elsewhere in the soft edge of a stroke, which is a pixel of 8 wide
        assert found[0].box == pytest.approx(box_of(shown > 127), abs=size / 8)


@pytest.mark.parametrize("size", [28, 64, 100])
def test_noise_and_a_gradient_are_no_even_ground_with_ink(size):
    rng = np.random.default_rng(0)
    across = np.tile(np.linspace(60, 230, size), (size, 1))
    for shown in (
        rng.uniform(0, 255, (size, size)),
        across,
        across + rng.normal(0, 5, across.shape),
    ):
        assert even_ground_of(shown.astype(np.float32)) is None
        assert find_ink(np.clip(shown, 0, 255).astype(np.uint8)).is_ink.mean() < 0.002


@pytest.mark.parametrize("is_inverted", [False, True])
def test_the_ground_is_what_the_edge_shows_even_if_most_of_the_image_is_ink(is_inverted):
    image = np.full((90, 90), 240, np.float32)
    image[8:82, 8:82] = 30
    image = 255 - image if is_inverted else image
    assert even_ground_of(image) == image[0, 0]
