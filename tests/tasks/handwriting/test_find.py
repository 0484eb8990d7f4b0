"""Digits are found one by one, in the order a person reads them."""

import numpy as np
import pytest

from benchmarks.predict.pages import CELL, Condition, drawn_page
from tasks.handwriting.find import Box, find_digits
from tasks.handwriting.ink import Ink, find_ink


def digits_of(is_ink, *, is_one=False):
    contrast = is_ink.astype(np.float32) * 200
    return [each.box for each in find_digits(Ink(contrast, is_ink), is_one=is_one)]


def test_boxes_are_given_line_by_line_from_the_left():
    page = np.zeros((400, 600), bool)
    boxes = [Box(40, 30, 90, 130), Box(200, 50, 260, 140), Box(400, 20, 440, 120),
             Box(60, 230, 120, 330), Box(300, 210, 350, 320)]  # fmt: skip
    for box in boxes:
        page[box.top : box.bottom, box.left : box.right] = True
    assert digits_of(page) == boxes


def test_the_bar_of_a_five_belongs_to_it_and_dirt_to_nothing():
    page = np.zeros((300, 400), bool)
    page[100:200, 100:110] = page[190:200, 100:160] = True
    page[80:90, 115:160] = True  # apart from the rest
    page[100:200, 250:262] = True
    page[20:24, 350:354] = True  # dirt
    assert digits_of(page) == [Box(100, 80, 160, 200), Box(250, 100, 262, 200)]


def test_all_ink_of_a_small_image_is_one_digit():
    image = np.zeros((28, 28), bool)
    image[4:12, 8:11] = image[15:24, 14:18] = True
    assert digits_of(image, is_one=True) == [Box(8, 4, 18, 24)]


@pytest.mark.parametrize(
    "how",
    [
        Condition("clean"),
        Condition("inverted", is_inverted=True),
        Condition("poor", noise=10, shade=0.4, angle=3),
        Condition("ruled", is_ruled=True),
    ],
    ids=lambda how: how.name,
)
def test_each_digit_of_a_random_pen_is_found_once_and_in_order(how):
    page = drawn_page(np.arange(20) % 10, how, np.random.default_rng(0))
    found = find_digits(find_ink(page.grey), is_one=False)
    middles = np.array([((b.left + b.right) / 2, (b.top + b.bottom) / 2) for b, _ in found])
    assert len(found) == 20
    assert np.abs(middles - page.middles).max() < CELL / 4
