"""What is found is laid out as the training images are, by what was measured on them."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits

from benchmarks.predict.pages import Condition, drawn_page
from tasks.handwriting.convention import ink_box, measure_convention, stroke_width
from tasks.handwriting.normalise import digits_in, whole_image
from tasks.handwriting.records import Convention

MNIST = Convention(
    height=28, width=28, box=20, centred_by="mass", centre_y=14.0, centre_x=14.0, highest=255,
    is_ink_bright=True, stroke=3.0,
)  # fmt: skip
CLEAN = Condition("clean")


def drawn(seed=0, how=CLEAN, digits=range(10)):
    return drawn_page(np.array(digits), how, np.random.default_rng(seed)).grey


@pytest.mark.parametrize("seed", range(4))
def test_a_digit_fills_the_box_and_has_its_centre_of_mass_in_the_middle(seed):
    found = [image for _, image in digits_in(drawn(seed), MNIST)]
    assert len(found) == 10
    for image in found:
        top, left, bottom, right = ink_box(image > 100)
        assert 18 <= max(bottom - top, right - left) <= 20
        assert image.max() == 255
        assert np.abs(np.subtract(ndimage.center_of_mass(image), 14)).max() <= 0.6


def test_a_measured_convention_is_found_again():
    images = np.stack([image for seed in range(8) for _, image in digits_in(drawn(seed), MNIST)])
    found = measure_convention(images)
    assert (found.height, found.width, found.highest, found.is_ink_bright) == (28, 28, 255, True)
    assert found.centred_by == "mass"
    assert abs(found.box - 20) <= 1
    assert (found.centre_y, found.centre_x) == pytest.approx((14, 14), abs=0.3)


def test_the_bundled_digits_have_another_convention():
    found = measure_convention((load_digits().images * 15).astype(np.uint8))
    assert (found.height, found.width, found.box, found.highest) == (8, 8, 8, 240)


def test_dark_and_light_ink_give_the_same_images():
    dark, light = (
        digits_in(drawn(how=how), MNIST) for how in (CLEAN, Condition("", is_inverted=True))
    )
    assert [box for box, _ in dark] == [box for box, _ in light]
    difference = [
        np.abs(a.astype(int) - b).max() for (_, a), (_, b) in zip(dark, light, strict=True)
    ]
    assert max(difference) <= 2


def test_an_image_that_is_laid_out_already_is_used_as_it_is():
    image = digits_in(drawn(digits=[4]), MNIST)[0][1]
    ((box, same),) = digits_in(image, MNIST)
    assert np.array_equal(same, image)
    assert box == (0, 0, 28, 28)


def test_one_that_is_dark_on_light_or_off_the_centre_is_laid_out():
    image = digits_in(drawn(digits=[4]), MNIST)[0][1]
    for other in (255 - image, np.roll(image, 4, axis=1), np.roll(255 - image, -4, axis=0)):
        ((_, found),) = digits_in(other, MNIST)
        assert np.abs(found.astype(int) - image).mean() < 12


def test_a_training_set_of_dark_ink_gets_dark_ink():
    light = MNIST.model_copy(update={"is_ink_bright": False})
    (_, bright), (_, dark) = (digits_in(drawn(digits=[7]), each)[0] for each in (MNIST, light))
    assert np.array_equal(dark, 255 - bright)


@pytest.mark.parametrize("width", [3, 8, 21])
def test_the_width_of_a_straight_stroke_is_measured(width):
    image = np.zeros((200, 100), bool)
    image[20:180, 40 : 40 + width] = True
    assert stroke_width(image) == pytest.approx(width, rel=0.12)


def test_a_thin_pen_on_a_large_page_still_leaves_full_ink():
    page = np.full((600, 600), 235, np.uint8)
    page[100:500, 300:303] = 30
    ((_, image),) = digits_in(page, MNIST)
    assert stroke_width(image > 127) > 1.5


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (400, 300)])
def test_on_an_empty_image_nothing_is_found(size):
    assert digits_in(np.full(size, 200, np.uint8), MNIST) == []


def test_without_normalising_an_image_is_only_shrunk_and_turned_to_the_ground():
    page = np.full((280, 280), 235, np.uint8)
    page[:70, :70] = 30
    small = whole_image(page, MNIST)
    assert (small[:7, :7].min(), small[10:, 10:].max()) == (225, 20)
    assert np.array_equal(whole_image(small, MNIST), small)


def test_any_image_gives_only_images_of_the_convention():
    rng = np.random.default_rng(0)
    for shape in [(1, 1), (3, 400), (400, 3), (29, 57), (90, 90)]:
        for grey in (rng.integers(0, 256, shape), 255 * (rng.random(shape) < 0.3)):
            for _, image in digits_in(grey.astype(np.uint8), MNIST):
                assert (image.shape, image.dtype) == ((28, 28), np.uint8)


def test_a_photograph_sized_page_is_found_as_its_smaller_copy_is():
    page = Image.fromarray(drawn())
    large = np.asarray(page.resize((page.width * 2, page.height * 2), Image.Resampling.BICUBIC))
    assert len(digits_in(large, MNIST)) == len(digits_in(np.asarray(page), MNIST)) == 10
