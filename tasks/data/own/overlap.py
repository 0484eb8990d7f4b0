"""Equal and nearly equal images of a data set: what a test on it would not notice.

A training image that is also a test image makes the test scores too good, so `without_test_images`
leaves it out. Doubled training images and near-duplicates are counted and left where they are.
"""

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.data.content import Content
from tasks.data.records import LabelledImages, Overlap

if TYPE_CHECKING:
    import numpy as np

NEAR_LEVELS = 4.0  # grey levels of 255, root mean square over the pixels
GRID = 4  # cells on a side of the coarse image
NEIGHBOURS = 8  # coarsely nearest images that are compared pixel by pixel
IMAGES_AT_ONCE = 2000


class Kept(NamedTuple):
    """A data set whose training images are no test images, and how many were left out."""

    content: Content
    n_left_out: int


def digests(images: "np.ndarray") -> "np.ndarray":
    """Return a digest of each image's pixels, as 16 bytes each, to find equal ones among many."""
    import numpy as np

    found = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    return np.array(found, dtype="V16")


def without_test_images(content: Content) -> Kept:
    """Leave out the training images that are equal to a test image, pixel by pixel.

    The test set stays as it was published, so that scores on it can be compared with those of
    others. The label is not looked at: a model has seen the image either way.
    """
    import numpy as np

    leaking = np.isin(digests(content.train_images), digests(content.test_images))
    n_left_out = int(leaking.sum())
    if not n_left_out:
        return Kept(content, 0)
    images, labels = content.train_images[~leaking], content.train_labels[~leaking]
    return Kept(content._replace(train_images=images, train_labels=labels), n_left_out)


def n_doubled(images: "np.ndarray", labels: "np.ndarray") -> tuple[int, int]:
    """Count the images that are equal to an earlier one, and those of them with another label.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    labels : array, shape (n,)
    """
    import numpy as np

    _, first, which = np.unique(digests(images), return_index=True, return_inverse=True)
    otherwise = labels != labels[first[which]]
    return len(images) - len(first), int(otherwise.sum())


def coarse(images: "np.ndarray") -> "np.ndarray":
    """Return the ink of each cell of a 4 x 4 grid, scaled so that no distance grows.

    A cell's sum of pixels over the root of their number is the length of the projection on that
    cell, so the Euclidean distance of two coarse images is at most that of the images.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)

    Returns
    -------
    float64 array, shape (n, at most 16)
    """
    import numpy as np

    rows, columns = (
        np.unique(np.linspace(0, size, GRID + 1).astype(int)) for size in images.shape[1:]
    )
    cells = [
        images[:, top:bottom, left:right].sum(axis=(1, 2), dtype=np.float64)
        / np.sqrt((bottom - top) * (right - left))
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return np.stack(cells, axis=1)


def has_near(images: "np.ndarray", others: "np.ndarray") -> "np.ndarray":
    """Say for each image whether another one is nearly but not exactly equal to it.

    Nearly equal means a root mean square difference of at most `NEAR_LEVELS` grey levels. Only
    the eight images that are nearest on the 4 x 4 grid are compared, so that the time grows with
    the number of images and not with its square; where more than eight are that near, one may
    be missed.

    Parameters
    ----------
    images, others : uint8 arrays, shape (n, height, width)

    Returns
    -------
    bool array, shape (n,)
    """
    import numpy as np
    from scipy.spatial import cKDTree

    # each once: of many equal points a tree cannot divide anything
    _, first, which = np.unique(digests(images), return_index=True, return_inverse=True)
    others = others[np.unique(digests(others), return_index=True)[1]]
    n_pixels = images[0].size
    limit = NEAR_LEVELS * np.sqrt(n_pixels)
    found = np.zeros(len(first), bool)
    k = min(NEIGHBOURS + 1, len(others))  # an equal one is the nearest and does not count
    tree = cKDTree(coarse(others))
    for start in range(0, len(first), IMAGES_AT_ONCE):
        part = images[first[start : start + IMAGES_AT_ONCE]]
        _, nearest = tree.query(coarse(part), k=k, distance_upper_bound=limit * (1 + 1e-9))
        nearest = nearest.reshape(len(part), k)
        row, column = np.nonzero(nearest < len(others))
        squares = _squared_distances(part[row], others[nearest[row, column]])
        found[start + row[(squares > 0) & (squares <= NEAR_LEVELS**2 * n_pixels)]] = True
    return found[which]


def _squared_distances(ones: "np.ndarray", others: "np.ndarray") -> "np.ndarray":
    import numpy as np

    sums = np.empty(len(ones))
    for i, (one, other) in enumerate(zip(ones, others, strict=True)):
        difference = one.astype(np.int32) - other
        sums[i] = (difference * difference).sum()
    return sums


@cached_task(name="look for equal images")
def measure_overlap(train: LabelledImages, test: LabelledImages) -> Overlap:
    """Count doubled and nearly equal images within the training set, and across the two sets."""
    images, labels = load_array(train.images), load_array(train.labels)
    tested = load_array(test.images)
    doubled, otherwise = n_doubled(images, labels)
    return Overlap(
        n_doubled_train=doubled,
        n_doubled_otherwise=otherwise,
        n_doubled_test=n_doubled(tested, load_array(test.labels))[0],
        n_test_near_train=int(has_near(tested, images).sum()),
        n_train_near_train=int(has_near(images, images).sum()),
        near_levels=NEAR_LEVELS,
    )
