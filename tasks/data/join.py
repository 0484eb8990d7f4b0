"""New images join the training set: checked against it and against the test set, then appended.

They are appended, so the old rows keep their places. Folds are contiguous in each class, so
new images are scored by models that saw none or few of their own batch. That avoids leakage
among images of one source, which are alike.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.printable import shown, some_of
from engine.store.objects import load_array, save_array
from tasks.data.content import Content, content_digest
from tasks.data.ground import MOST_GROUND_MOVES, inverted_images, mean_ground
from tasks.data.new_images import Examples, read_batch
from tasks.data.records import Batch, BatchCount, LabelledImages, NewImages
from tasks.errors import DataError
from tasks.pixel_range import PixelRange

if TYPE_CHECKING:
    import numpy as np

MOST_KEPT = 50
LEAST_RANGE = 0.5  # of the training set's; pixels of 0 to 1 or 0 to 16 reach far less


def image_digests(images: "np.ndarray") -> list[bytes]:
    """Return a digest of each image's pixels, to find equal ones among many."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


def check_examples(examples: Examples, *, training: "np.ndarray", classes: tuple[int, ...]) -> None:
    """Raise unless labels are known and pixels look like those of the training images.

    Parameters
    ----------
    training : uint8 array, shape (n_train, height, width)

    Raises
    ------
    DataError
        If a label is no class of the training set, an image is blank, the pixels reach less
        than half as far as the training set's, an image is inverted, or the ground of all is
        another one than the training set's. Names the images or the file.
    """
    import numpy as np

    images, labels = examples.images, examples.labels
    if not len(images):
        return
    unknown = np.flatnonzero(~np.isin(labels, classes))
    if len(unknown):
        raise DataError(
            f"Read new images: {_named(examples, unknown)} labelled "
            f"{', '.join(map(str, np.unique(labels[unknown])))}; the classes of the training set "
            f"are {', '.join(map(str, classes))}. Correct the labels or leave these images out."
        )
    flat = images.reshape(len(images), -1)
    blank = np.flatnonzero(flat.max(axis=1) == flat.min(axis=1))
    if len(blank):
        raise DataError(
            f"Read new images: {_named(examples, blank)} of one single grey value, so nothing is "
            "written there. Leave these images out."
        )
    highest, most = int(images.max()), int(training.max())
    if highest < LEAST_RANGE * most:
        raise DataError(
            f"Read new images: the pixels of {examples.files[0]} and what lies with it reach "
            f"{highest} at most; those of the training images reach {most}. Scale them to the "
            "range 0 to 255, or say for IDX files by --pixel-range what they use."
        )
    inverted = np.flatnonzero(inverted_images(images, training.mean(axis=0)))
    ground, usual = mean_ground(images), mean_ground(training)
    if len(inverted):
        raise DataError(
            f"Read new images: {_named(examples, inverted)} inverted ({len(inverted):,} of "
            f"{len(images):,} images): the edge has the mean grey value "
            f"{mean_ground(images[inverted]):.0f}; in the training images it is {usual:.0f}. Turn "
            "light and dark round in these files, or leave them out."
        )
    if abs(ground - usual) > MOST_GROUND_MOVES:
        raise DataError(
            f"Read new images: the edge of {examples.files[0]} and what lies with it has the mean "
            f"grey value {ground:.0f}; in the training images it is {usual:.0f}. Give "
            "images on the ground of the training images."
        )


def sort_out(
    examples: Examples, known: dict[bytes, tuple[str, int]], test: dict[bytes, int]
) -> tuple[list[int], list[str], list[str]]:
    """Tell images that are new from those that are known, and refuse those of the test set.

    Parameters
    ----------
    known : dict of digest -> (name, label)
        The training images so far; the new ones are added to it.
    test : dict of digest -> row of the test set

    Returns
    -------
    new : list of int
        Rows that are equal to no image known before; of equal ones the first.
    same, otherwise : lists of str
        The others, each with the image it is equal to: those with the same label, and with another.

    Raises
    ------
    DataError
        If one is equal to a test image: a model that was fitted on it cannot be tested on it.
    """
    digests = image_digests(examples.images)
    leaking = [row for row, digest in enumerate(digests) if digest in test]
    if leaking:
        row = leaking[0]
        raise DataError(
            f"Read new images: {_named(examples, leaking)} equal to images of the test set "
            f"({examples.name(row)} is test image {test[digests[row]]}). A model that was fitted "
            "on them could not be tested on them, so nothing was joined. Take them out."
        )
    new, same, otherwise = [], [], []
    for row, digest in enumerate(digests):
        name, label = examples.name(row), int(examples.labels[row])
        if digest in known:
            earlier, its_label = known[digest]
            equal = f"{name} is equal to {earlier}"
            if label == its_label:
                same.append(equal)
            else:
                otherwise.append(f"{equal}, labelled {label} here and {its_label} there")
        else:
            known[digest] = name, label
            new.append(row)
    return new, same, otherwise


@cached_task(name="join new images")
def join_new_images(
    train: LabelledImages,
    test: LabelledImages,
    classes: tuple[int, ...],
    batches: tuple[Batch, ...],
    pixel_range: PixelRange | None = None,
) -> NewImages:
    """Check the new images and append them to the training images; the test set stays.

    An image that is there already, in the training set or earlier among the new ones, is kept
    once, with the label it has there.

    Parameters
    ----------
    pixel_range : PixelRange, optional
        What the pixels of IDX files use; 0 to 255 when left out.

    Raises
    ------
    DataError
        If a batch cannot be read, does not look like the training images or holds a test image.
    """
    import numpy as np

    images, labels = load_array(train.images), load_array(train.labels)
    test_images, test_labels = load_array(test.images), load_array(test.labels)
    height, width = images.shape[1:]
    known = {
        digest: (f"training image {i}", int(labels[i]))
        for i, digest in enumerate(image_digests(images))
    }
    tested = {digest: i for i, digest in enumerate(image_digests(test_images))}
    counts: list[BatchCount] = []
    same: list[str] = []
    otherwise: list[str] = []
    new_images, new_labels = [images[:0]], [labels[:0]]
    for batch in batches:
        examples = read_batch(batch, size=(height, width), pixel_range=pixel_range)
        check_examples(examples, training=images, classes=classes)
        new, same_here, otherwise_here = sort_out(examples, known, tested)
        new_images.append(examples.images[new])
        new_labels.append(examples.labels[new])
        same += same_here
        otherwise += otherwise_here
        place = shown(f"{batch.folder}/{batch.images or batch.labels}")
        counts.append(
            BatchCount(
                place=place,
                n_read=len(examples.labels),
                n_joined=len(new),
                n_unlabelled=examples.n_unlabelled,
            )
        )
    added = (np.concatenate(new_images), np.concatenate(new_labels))
    joined = (np.concatenate([images, added[0]]), np.concatenate([labels, added[1]]))
    return NewImages(
        train=LabelledImages(rows=save_array(joined[0]), labels=save_array(joined[1])),
        added=LabelledImages(rows=save_array(added[0]), labels=save_array(added[1])),
        classes=classes,
        counts_before=_counts(labels, classes),
        counts_added=_counts(added[1], classes),
        batches=tuple(counts),
        duplicates=tuple((otherwise + same)[:MOST_KEPT]),
        n_duplicates=len(same) + len(otherwise),
        n_otherwise=len(otherwise),
        content_sha256=content_digest(Content(*joined, test_images, test_labels)),
    )


def _counts(labels: "np.ndarray", classes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int((labels == each).sum()) for each in classes)


def _named(examples: Examples, rows: "Iterable[int] | np.ndarray") -> str:
    names = [examples.name(int(row)) for row in rows]
    return f"{some_of(names)} {'is' if len(names) == 1 else 'are'}"
