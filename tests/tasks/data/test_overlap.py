"""Equal and nearly equal images: found as brute force finds them, and left out of training."""

import numpy as np
import pytest

from tasks.data.fetch import fetch_dataset, plan_fetch
from tasks.data.own.overlap import NEAR_LEVELS, has_near, n_doubled, without_test_images
from tests.support.small_sets import small_content, write_folder


@pytest.fixture
def content():
    """A set of twelve training images, three of which are test images; one is there twice."""
    content = small_content()
    images = content.train_images.copy()
    images[0], images[4], images[8] = content.test_images[0], content.test_images[1], images[5]
    images[9] = content.test_images[2]
    return content._replace(train_images=images)


def test_training_images_that_are_test_images_are_left_out_and_the_test_set_stays(content):
    kept = without_test_images(content)
    assert kept.n_left_out == 3
    tested = {image.tobytes() for image in content.test_images}
    rest = [i for i, image in enumerate(content.train_images) if image.tobytes() not in tested]
    np.testing.assert_array_equal(kept.content.train_images, content.train_images[rest])
    np.testing.assert_array_equal(kept.content.train_labels, content.train_labels[rest])
    assert kept.content.test_images is content.test_images


def test_a_set_without_such_images_is_the_same_set():
    content = small_content()
    assert without_test_images(content) == (content, 0)


def test_mnist_has_no_training_image_that_is_a_test_image(mnist):
    assert without_test_images(mnist).n_left_out == 0


def test_doubled_images_are_counted_and_those_with_another_label(content):
    labels = content.train_labels.copy()
    assert n_doubled(content.train_images, labels) == (1, int(labels[8] != labels[5]))
    labels[8] = labels[5]
    assert n_doubled(content.train_images, labels) == (1, 0)


@pytest.mark.parametrize("size", [(28, 28), (8, 8), (3, 5), (1, 9)])
def test_near_images_are_those_that_brute_force_finds(size):
    rng = np.random.default_rng(1)
    images = rng.integers(10, 245, (40, *size), np.uint8)
    near, limit, equal = images[:12].copy().astype(int), images[12:18].astype(int), images[18:24]
    near += rng.integers(-2, 3, near.shape)
    limit += int(NEAR_LEVELS) + 1
    others = np.concatenate([near, limit, equal]).astype(np.uint8)
    distances = [[np.sqrt(((a.astype(float) - b) ** 2).mean()) for b in others] for a in images]
    expected = [any(0 < d <= NEAR_LEVELS for d in row) for row in distances]
    assert has_near(images, others).tolist() == expected
    assert any(expected) and not all(expected)  # noqa: PT018 - the test would show nothing


def test_an_image_is_not_near_itself_nor_near_its_own_copies():
    images = np.repeat(np.random.default_rng(0).integers(0, 256, (5, 6, 6), np.uint8), 300, axis=0)
    assert not has_near(images, images).any()


@pytest.mark.usefixtures("store")
def test_an_own_set_is_stored_without_them_and_says_how_many(content, tmp_path):
    plan = plan_fetch("own", write_folder(tmp_path / "own", content), 0)
    dataset = fetch_dataset.fn(plan.wanted, plan.sources)
    assert dataset.n_left_out == 3
    assert dataset.train.n_images == sum(dataset.train_counts) == 9
    assert dataset.train_counts == plan.facts.train_counts
    assert dataset.test.n_images == 6


@pytest.mark.usefixtures("store")
def test_a_class_of_which_nothing_would_be_left_is_told(tmp_path):
    content = small_content()
    same = content._replace(test_images=content.train_images, test_labels=content.train_labels)
    with pytest.raises(
        Exception, match=r"12 of 12 training images .*none is left of class 3, 4, 7"
    ):
        plan_fetch("own", write_folder(tmp_path / "own", same), 0)
