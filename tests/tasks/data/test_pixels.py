"""Pixels of other ranges and types: scaled on request, and refused in plain words otherwise."""

import numpy as np
import pytest

from engine.errors import PlainError
from tasks.data.own.pixels import as_bytes, check_reach, read_pixel_range
from tasks.data.published.bundled import read_bundled_digits
from tasks.errors import DataError
from tasks.pixel_range import PixelRange


def ink(low, high, dtype=np.uint8):
    """Twenty images of noise that each use all of a range."""
    whole = np.random.default_rng(0).integers(low, high + 1, (20, 6, 5)).astype(dtype)
    whole[:, 0, 0], whole[:, 0, 1] = low, high
    return whole


@pytest.mark.parametrize(
    ("text", "low", "high"), [("0-16", 0, 16), ("-1-1", -1, 1), ("0.5-2.25", 0.5, 2.25)]
)
def test_a_range_is_read(text, low, high):
    assert read_pixel_range(text) == PixelRange(low=low, high=high)
    assert str(read_pixel_range(text)) == text


@pytest.mark.parametrize("text", ["", "16", "16-0", "3-3", "0-", "a-b", "0..16", "0-inf", "1e3-2"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(PlainError, match="such as 0-16"):
        read_pixel_range(text)


def test_counts_of_0_to_16_become_what_the_bundled_digits_are():
    """Scikit-learn's digits are counts of 0 to 16; those of the project are 0 to 255."""
    from sklearn.datasets import load_digits

    scaled = as_bytes(load_digits().images, read_pixel_range("0-16"), "a test")
    whole = read_bundled_digits(0)
    expected = {image.tobytes() for image in (*whole.train_images, *whole.test_images)}
    assert {image.tobytes() for image in scaled} == expected


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64], ids=str
)
def test_blank_becomes_0_and_full_ink_255_whatever_the_type(dtype):
    scaled = as_bytes(np.array([[[1, 2, 5]]], dtype), read_pixel_range("1-5"), "a test")
    assert scaled.dtype == np.uint8
    assert scaled.tolist() == [[[0, 64, 255]]]  # 63.75 is nearest to 64


def test_bytes_without_a_range_are_not_copied():
    images = ink(0, 255)
    assert as_bytes(images, None, "a test") is images


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 16), (0, 17), (1, 2), (0, 100), (120, 200)])
def test_bytes_that_use_little_of_the_range_are_refused_with_the_remedy(low, high):
    images = ink(low, high)
    with pytest.raises(DataError) as told:
        check_reach(images, None, "the images")
    assert f"found only {low} to {high}" in str(told.value)
    assert f"--pixel-range {low}-{high}" in str(told.value)
    given = PixelRange(low=low, high=high)
    check_reach(as_bytes(images, given, "the images"), given, "the images")  # the remedy helps


def test_the_wrong_range_is_refused_with_the_values_of_the_file():
    given = read_pixel_range("0-255")
    with pytest.raises(DataError, match=r"range 0-255; found only 0 to 17\. .*--pixel-range 0-17"):
        check_reach(as_bytes(ink(0, 17), given, "x"), given, "x")


def test_a_stray_full_pixel_hides_no_faint_images():
    images = ink(0, 16)
    images[3, 2, 2] = 255
    with pytest.raises(DataError, match=r"in half of the images they differ by \d+ at most"):
        check_reach(images, None, "the images")


def test_images_of_one_grey_have_no_range_to_give():
    with pytest.raises(DataError, match="All pixels are equal"):
        check_reach(np.full((3, 4, 4), 7, np.uint8), None, "the images")


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_other_types_than_bytes_need_a_range(dtype):
    with pytest.raises(DataError, match=r"of the type .* from 0 to 1, .*--pixel-range 0-1 "):
        as_bytes(ink(0, 1, dtype), None, "the images")


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_pixels_that_are_no_number_are_told(wrong):
    images = ink(0, 1, np.float32)
    images[2, 1, 1] = wrong
    with pytest.raises(DataError, match="no finite number"):
        as_bytes(images, read_pixel_range("0-1"), "the images")


def test_values_outside_the_range_are_told_with_those_that_are_there():
    with pytest.raises(DataError, match=r"range 0-16 .*found 0 to 17"):
        as_bytes(ink(0, 17), read_pixel_range("0-16"), "the images")


def test_the_remedy_for_negative_values_can_be_typed():
    with pytest.raises(DataError, match=r"--pixel-range=-1-1 "):
        as_bytes(ink(-1, 1, np.float32), None, "the images")
