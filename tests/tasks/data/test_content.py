"""The content digest and the checks of a data set."""

import hashlib

import numpy as np
import pytest

from tasks.data.content import MNIST_SHA256, check_content, content_digest
from tasks.errors import DataError
from tests.support.small_sets import small_content


def test_the_digest_is_the_sha256_of_types_shapes_and_bytes_written_down_one_by_one():
    content = small_content()
    text = b""
    for array, shape in zip(content, ("(12, 6, 5)", "(12,)", "(6, 6, 5)", "(6,)"), strict=True):
        text += b"uint8" + shape.encode() + bytes(array.ravel().tolist())
    assert content_digest(content) == hashlib.sha256(text).hexdigest()


def test_the_digest_of_mnist_is_the_known_one(mnist):
    assert content_digest(mnist) == MNIST_SHA256


def test_the_digest_sees_one_pixel_the_order_and_a_moved_boundary():
    content = small_content()
    pixel = content.train_images.copy()
    pixel[3, 2, 1] ^= 1
    others = [
        content._replace(train_images=pixel),
        content._replace(test_labels=content.test_labels[::-1]),
        content._replace(train_images=content.train_images.reshape(12, 5, 6)),
        content._replace(train_labels=content.train_labels[:-1]),
    ]
    assert len({content_digest(each) for each in [content, *others]}) == 5


def test_the_digest_does_not_depend_on_how_the_array_lies_in_memory():
    content = small_content()
    turned = np.asfortranarray(content.train_images)
    assert content_digest(content._replace(train_images=turned)) == content_digest(content)


def test_a_sound_data_set_passes():
    check_content(small_content(), "a test")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_labels": slice(11)}, "training set from a test: found 12 images and 11 labels"),
        ({"test_images": slice(5)}, "test set from a test: found 5 images and 6 labels"),
        ({"test_images": slice(0), "test_labels": slice(0)}, "found no pixels"),
    ],
)
def test_sets_that_do_not_match_or_are_empty_are_told(changed, message):
    content = small_content()
    content = content._replace(**{n: getattr(content, n)[part] for n, part in changed.items()})
    with pytest.raises(DataError, match=message):
        check_content(content, "a test")


def test_training_and_test_images_of_different_sizes_are_told():
    content = small_content()._replace(test_images=small_content(size=(8, 8)).test_images)
    with pytest.raises(DataError, match="training images are 6 x 5, test images 8 x 8 pixels"):
        check_content(content, "a test")


def test_a_test_label_that_no_training_image_has_is_told():
    content = small_content()
    labels = content.test_labels.copy()
    labels[2] = 9
    with pytest.raises(DataError, match=r"labels 9, which are outside .*\(3, 4, 7\)"):
        check_content(content._replace(test_labels=labels), "a test")
