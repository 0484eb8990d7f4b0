"""Records of data sets, of their augmentation, and of new images that join them."""

from typing import Literal

from engine.records import Record
from tasks.models.records import LabelledImages as LabelledImages  # noqa: PLC0414 - it is data, too


class Dataset(Record):
    """A training and a test set as published, checked against `content_sha256`.

    `source` says in words where the content came from; `fallback_reason` is set when
    other images were taken than those asked for, and says why. `n_left_out` training images
    equal a test image and are not in `train`.
    """

    name: str
    title: str
    source: str
    is_mnist: bool
    train: LabelledImages
    test: LabelledImages
    classes: tuple[int, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    content_sha256: str
    checks: tuple[str, ...]
    fallback_reason: str | None = None
    n_left_out: int = 0


class Overlap(Record):
    """Equal and nearly equal images of a data set, counted and left where they are.

    An image is doubled if it equals an earlier one; `n_doubled_otherwise` are doubled training
    images that have another label than the earlier one. Images are near if they differ, by a
    root mean square over the pixels of at most `near_levels` grey levels.
    """

    n_doubled_train: int
    n_doubled_otherwise: int
    n_doubled_test: int
    n_test_near_train: int
    n_train_near_train: int
    near_levels: float


class TrainingSet(Record):
    """Originals and their shifted copies, stacked variant by variant.

    Copy v of source image i is row ``v * n_sources + i``; `offsets` holds (dx, dy) in
    pixels of each variant, +x right and +y down, and variant 0 is (0, 0), the originals.
    """

    stacked: LabelledImages
    n_sources: int
    offsets: tuple[tuple[int, int], ...]


class Batch(Record):
    """New images that lie together in one folder, known by the digest of their files.

    `images` is the file of an IDX pair, or empty for image files; `labels` is the other file of
    the pair, or the table. The names are no part of a cache key: the same content gives the same
    images wherever it lies.
    """

    costs = frozenset({"folder", "images", "labels"})

    folder: str
    images: str
    labels: str
    kind: Literal["IDX", "images"]
    sha256: str


class BatchCount(Record):
    """How many images of one batch were read and joined; how many have no label yet."""

    place: str
    n_read: int
    n_joined: int
    n_unlabelled: int = 0


class NewImages(Record):
    """The training set with the new images behind the old ones, and what was found in them.

    `added` are the last rows of `train`. `duplicates` names images that were there before, the
    first ones only, those that are labelled otherwise here before the others; `n_duplicates` counts
    them all and `n_otherwise` those labelled otherwise. `counts_before` and `counts_added` are in
    the order of `classes`; `content_sha256` is the digest of the joined set with its test set.
    """

    train: LabelledImages
    added: LabelledImages
    classes: tuple[int, ...]
    counts_before: tuple[int, ...]
    counts_added: tuple[int, ...]
    batches: tuple[BatchCount, ...]
    duplicates: tuple[str, ...]
    n_duplicates: int
    n_otherwise: int
    content_sha256: str

    @property
    def n_added(self) -> int:
        """How many new images joined the training set."""
        return sum(self.counts_added)
