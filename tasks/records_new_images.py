"""The frozen records of new labelled images: where they lie and what joined the training set."""

from typing import Literal

from tasks.records import LabelledImages, Record


class Batch(Record):
    """New images that lie together in one folder, known by the digest of their files.

    `images` is the file of an IDX pair, or empty for PNG files; `labels` is the other file of
    the pair, or the CSV. The names are no part of a cache key: the same content gives the same
    images wherever it lies.
    """

    costs = frozenset({"folder", "images", "labels"})

    folder: str
    images: str
    labels: str
    kind: Literal["IDX", "PNG"]
    sha256: str


class BatchCount(Record):
    """How many images of one batch were read and how many of them joined."""

    place: str
    n_read: int
    n_joined: int


class NewImages(Record):
    """The training set with the new images behind the old ones, and what was found in them.

    `added` are the last rows of `train`. `duplicates` names images that were there before, the
    first ones only; `n_duplicates` counts them all. `counts_before` and `counts_added` are in
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
    content_sha256: str

    @property
    def n_added(self) -> int:
        """How many new images joined the training set."""
        return sum(self.counts_added)
