"""What a data set consists of, how two are told apart, and which one is MNIST.

The digest is of pixels and labels, not of files: whether the images came from IDX files,
gzipped or not, or from OpenML's ARFF, the same images in the same order have the same one.
"""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

MNIST_SHA256 = "2eb4d82c94e1e65af5a565df335e810e7cfbcdeb8ce2cf9674792583d7c4266b"
N_MNIST_TRAIN = 60_000


class Content(NamedTuple):
    """Images, uint8 (n, height, width), and labels, uint8 (n,), in their published order.

    As they are read from files of a user's own, images may have another type than uint8.
    """

    train_images: "np.ndarray"
    train_labels: "np.ndarray"
    test_images: "np.ndarray"
    test_labels: "np.ndarray"


def content_digest(content: Content) -> str:
    """Return the sha256 over type, shape and bytes of the four arrays, in their order."""
    import numpy as np

    digest = hashlib.sha256()
    for array in content:
        digest.update(f"{array.dtype.name}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def classes_of(content: Content) -> tuple[int, ...]:
    """Return the training labels that occur, sorted."""
    import numpy as np

    return tuple(int(label) for label in np.unique(content.train_labels))


def check_content(content: Content, described: str) -> None:
    """Raise unless the four arrays fit together as a data set to train and test on.

    Parameters
    ----------
    content : Content
    described : str
        How a message names where the content came from, such as ``the folder /data``.

    Raises
    ------
    DataError
        If a set is empty, images and labels differ in number, training and test images in
        size, or a test label does not occur in the training set.
    """
    for name, images, labels in (
        ("training", content.train_images, content.train_labels),
        ("test", content.test_images, content.test_labels),
    ):
        if len(images) != len(labels):
            raise DataError(
                f"Read the {name} set from {described}: found {len(images):,} images and "
                f"{len(labels):,} labels. Give one label for each image, in the same order."
            )
        if images.size == 0:
            raise DataError(
                f"Read the {name} set from {described}: found no pixels "
                f"(shape {images.shape}). Give at least one image."
            )
    _check_that_test_fits_training(content, described)


def _check_that_test_fits_training(content: Content, described: str) -> None:
    train_size, test_size = content.train_images.shape[1:], content.test_images.shape[1:]
    if train_size != test_size:
        raise DataError(
            f"Read {described}: training images are {_pixels(train_size)}, test images "
            f"{_pixels(test_size)} pixels. Give images of one size."
        )
    classes = classes_of(content)
    unknown = sorted({int(label) for label in content.test_labels} - set(classes))
    if unknown:
        raise DataError(
            f"Read the test set from {described}: found the labels {_listed(unknown)}, which are "
            f"outside the classes of the training set ({_listed(classes)}). Correct the labels or "
            "add training images of these classes."
        )


def _pixels(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))


def _listed(numbers: "list[int] | tuple[int, ...]") -> str:
    return ", ".join(map(str, numbers))
