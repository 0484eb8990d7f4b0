"""Ten nights: what is put into the folder of new images before each, and what must follow."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.nights.records import BETTER_OR_TIED
from tasks.data.content import Content
from tasks.data.idx import PUBLISHED_NAMES, write_idx

N_PARTS = 10


class Deliveries:
    """The start set and nine more parts of a data set's training images, in folders.

    The first part and the whole test set lie in `start`; each other part is put into a folder
    of its own under `new`, as an IDX pair.
    """

    def __init__(self, folder: Path, content: Content) -> None:
        self.start, self.new = folder / "start", folder / "new"
        self._content = content
        self._parts = np.array_split(np.arange(len(content.train_labels)), N_PARTS)
        self.new.mkdir(parents=True)
        self.start.mkdir()
        first = self._parts[0]
        arrays = (
            content.train_images[first],
            content.train_labels[first],
            content.test_images,
            content.test_labels,
        )
        for name, array in zip(PUBLISHED_NAMES, arrays, strict=True):
            write_idx(self.start / name, array)

    def put(self, *parts: int, labels_off_by: int = 0) -> None:
        """Put parts, counted from 1, into the folder of new images."""
        for part in parts:
            rows = self._parts[part - 1]
            labels = np.roll(self._content.train_labels[rows], labels_off_by)
            self._write(f"part-{part:02}", self._content.train_images[rows], labels)

    def put_test_images(self) -> None:
        """Put a hundred images of the test set among the new ones."""
        images, labels = self._content.test_images[:100], self._content.test_labels[:100]
        self._write("from-the-test-set", images, labels)

    def take_out(self, name: str) -> None:
        """Take a folder out of the new images again."""
        shutil.rmtree(self.new / name)

    def _write(self, name: str, images: np.ndarray, labels: np.ndarray) -> None:
        folder = self.new / name
        folder.mkdir(exist_ok=True)
        write_idx(folder / "images-idx3-ubyte.gz", images)
        write_idx(folder / "labels-idx1-ubyte.gz", labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What happens before one night, whether there is a network, and what must come of it."""

    title: str
    before: Callable[[Deliveries], object]
    expected: tuple[str, ...]
    offline: bool = False


def _put_right_and_end(to: Deliveries) -> None:
    to.take_out("from-the-test-set")
    to.put(9, 10)


def ten_nights() -> tuple[Night, ...]:
    """Return the nights in their order; nine parts are fed in, one delivery of them is bad."""
    return (
        Night(title="the first part alone", before=lambda _: None, expected=("first champion",)),
        Night(title="part 2 comes", before=lambda to: to.put(2), expected=BETTER_OR_TIED),
        Night(title="part 3 comes", before=lambda to: to.put(3), expected=BETTER_OR_TIED),
        Night(
            title="part 4 comes, no network",
            before=lambda to: to.put(4),
            expected=BETTER_OR_TIED,
            offline=True,
        ),
        Night(
            title="parts 5 and 6 come, labels off by one line",
            before=lambda to: to.put(5, 6, labels_off_by=1),
            expected=("worse",),
        ),
        Night(
            title="parts 5 and 6 put right",
            before=lambda to: to.put(5, 6),
            expected=BETTER_OR_TIED,
        ),
        Night(title="nothing new", before=lambda _: None, expected=("tied",)),
        Night(title="parts 7 and 8 come", before=lambda to: to.put(7, 8), expected=BETTER_OR_TIED),
        Night(
            title="100 test images come",
            before=lambda to: to.put_test_images(),
            expected=("refused",),
        ),
        Night(
            title="they are taken out, parts 9 and 10 come",
            before=_put_right_and_end,
            expected=BETTER_OR_TIED,
        ),
    )
