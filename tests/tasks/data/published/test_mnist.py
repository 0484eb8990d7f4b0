"""MNIST is recognised by its headers and labels, and read from the store by its digests."""

import numpy as np
import pytest

from engine.store.objects import save_array
from tasks.data.idx import find_files
from tasks.data.published.mnist import looks_like_mnist, read_stored_mnist
from tasks.errors import DataError, SourceUnavailable
from tests.support.small_sets import small_content, write_folder


def test_the_real_mnist_is_recognised(mnist_folder):
    assert looks_like_mnist(find_files(mnist_folder))


def test_another_set_is_not_taken_for_mnist(tmp_path):
    assert not looks_like_mnist(find_files(write_folder(tmp_path, small_content())))


@pytest.mark.parametrize("part", ["train_labels", "test_labels"])
def test_a_single_other_label_is_seen(mnist, tmp_path, part):
    labels = getattr(mnist, part).copy()
    labels[-1] = (labels[-1] + 1) % 10
    blank = mnist._replace(
        train_images=np.zeros_like(mnist.train_images), test_images=np.zeros_like(mnist.test_images)
    )
    assert looks_like_mnist(find_files(write_folder(tmp_path / "same", blank, end="")))
    other = write_folder(tmp_path / "other", blank._replace(**{part: labels}), end="")
    assert not looks_like_mnist(find_files(other))


def test_images_of_another_size_are_seen(mnist, tmp_path):
    wider = mnist._replace(
        train_images=np.zeros((60_000, 2, 2), np.uint8),
        test_images=np.zeros((10_000, 2, 2), np.uint8),
    )
    assert not looks_like_mnist(find_files(write_folder(tmp_path, wider, end="")))


def test_a_file_that_is_not_idx_is_told_without_reading_pixels(mnist_folder, tmp_path):
    for path in find_files(mnist_folder):
        (tmp_path / path.name).symlink_to(path)
    images = find_files(tmp_path).train_images
    images.unlink()
    images.write_bytes(b"oops")
    with pytest.raises(DataError, match=r"Read .*train-images"):
        looks_like_mnist(find_files(tmp_path))


@pytest.mark.usefixtures("store")
def test_a_store_without_all_four_arrays_does_not_hold_it(mnist):
    for array in mnist[:3]:
        save_array(array)
        with pytest.raises(SourceUnavailable, match="does not hold it whole"):
            read_stored_mnist()
    save_array(mnist.test_labels)
    for found, expected in zip(read_stored_mnist(), mnist, strict=True):
        np.testing.assert_array_equal(found, expected)
