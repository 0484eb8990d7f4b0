"""Digests of MNIST: its four stored arrays and its labels.

With them MNIST is read from the store after a change of the code or of a library, without the
network, and whether a folder holds MNIST is known in milliseconds.
"""

import hashlib
import math
from typing import NamedTuple

from engine.errors import DamagedFile
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.data.content import Content
from tasks.data.idx import IdxFiles, read_idx, read_shape
from tasks.data.records import Dataset
from tasks.errors import SourceUnavailable

NPY_HEADER_BYTES = 128
PARTS = (
    # LeCun's page calls the first half the cleaner and easier one; models find the opposite
    ("first 5,000", 0, 5_000),
    ("last 5,000", 5_000, 10_000),
)


class StoredArray(NamedTuple):
    """Shape of a uint8 array and sha256 of its ``.npy`` file as numpy writes it."""

    shape: tuple[int, ...]
    sha256: str


# if numpy's header changed, the store would not be used
TRAIN_IMAGES = StoredArray(
    (60_000, 28, 28), "c5b45806d970e809a5f376f9b8461b7ca3b3e0a321282d72d06d00ab6c6c418f"
)
TRAIN_LABELS = StoredArray(
    (60_000,), "5dd4d822cab3e20099239bc9d433d587ae3ce00e084d191079dd30b38380b336"
)
TEST_IMAGES = StoredArray(
    (10_000, 28, 28), "4acfa5c2911a2f95015eda9a9b825fbd6bec0f6a6f66942979b1473d33943a11"
)
TEST_LABELS = StoredArray(
    (10_000,), "ff7e84b144c037e7215dfa787d6773550c5db83029d9a4e7bae6e90f605f081d"
)
LABEL_BYTES_SHA256 = (
    "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
)


def read_stored_mnist() -> Content:
    """Return MNIST from the store in use, as read-only memory maps.

    Raises
    ------
    SourceUnavailable
        If one of its four arrays is not there or damaged.
    """
    try:
        return Content(
            *(
                load_array(_reference(each))
                for each in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
            )
        )
    except DamagedFile as error:
        raise SourceUnavailable("does not hold it whole") from error


def looks_like_mnist(files: IdxFiles) -> bool:
    """Whether four IDX files have MNIST's shapes and labels; no pixel is read.

    Raises
    ------
    DataError
        If a header or a label file cannot be read.
    """
    shapes = [
        read_shape(files.train_images, n_dimensions=3),
        read_shape(files.test_images, n_dimensions=3),
    ]
    labels = [
        read_idx(files.train_labels, n_dimensions=1),
        read_idx(files.test_labels, n_dimensions=1),
    ]
    digests = tuple(hashlib.sha256(each.data).hexdigest() for each in labels)
    return shapes == [TRAIN_IMAGES.shape, TEST_IMAGES.shape] and digests == LABEL_BYTES_SHA256


def _reference(stored: StoredArray) -> ArrayRef:
    return ArrayRef(
        sha256=stored.sha256,
        suffix=".npy",
        size_bytes=NPY_HEADER_BYTES + math.prod(stored.shape),
        shape=stored.shape,
        dtype="uint8",
    )


def published_parts(dataset: Dataset) -> tuple[tuple[str, int, int], ...]:
    """Return the halves of MNIST's test set by their first and last rows; of other sets, none."""
    return PARTS if dataset.is_mnist else ()
