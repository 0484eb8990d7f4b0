"""Read a batch of new labelled images: an IDX pair, or image files and their ``labels.csv``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.printable import shown, some_of
from tasks.data.batches import has_changed, image_files
from tasks.data.files.labels_csv import composed, read_labels
from tasks.data.idx import read_idx
from tasks.data.idx import read_labels as read_idx_labels
from tasks.data.image_file import read_image, wrong_size
from tasks.data.own.pixels import as_bytes
from tasks.data.records import Batch
from tasks.errors import DataError
from tasks.pixel_range import PixelRange

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Images, uint8 (n, height, width), labels, uint8 (n,), and the file that each came from.

    The names of the files are printable. `n_unlabelled` counts images whose line in the table has
    no label yet: they are passed over.
    """

    images: "np.ndarray"
    labels: "np.ndarray"
    files: tuple[str, ...]
    n_unlabelled: int = 0

    def name(self, row: int) -> str:
        """Name one image as a message does."""
        if len(self.files) == 1 and len(self.labels) > 1:
            return f"image {row} of {self.files[0]}"
        return self.files[row]


def read_batch(
    batch: Batch, *, size: tuple[int, int], pixel_range: PixelRange | None = None
) -> Examples:
    """Read the images and labels of one batch.

    Parameters
    ----------
    size : (int, int)
        Height and width in pixels that every image must have.
    pixel_range : PixelRange, optional
        What the pixels of an IDX pair use; 0 to 255 when left out. PNG files say that themselves.

    Raises
    ------
    DataError
        If a file is not what it should be or is no longer what it was when it was found.
    """
    if batch.kind == "IDX":
        examples = _read_idx_pair(batch, size, pixel_range)
    else:
        examples = _read_image_files(batch, size)
    if has_changed(batch):
        raise DataError(
            f"Read new images from {shown(batch.folder)}; its files changed while they were "
            "read. Run again when nothing writes to it."
        )
    return examples


def _read_idx_pair(batch: Batch, size: tuple[int, int], pixel_range: PixelRange | None) -> Examples:
    images_path = Path(batch.folder) / batch.images
    labels_path = Path(batch.folder) / batch.labels
    images = read_idx(images_path, n_dimensions=3)
    labels = read_idx_labels(labels_path)
    if len(images) != len(labels):
        raise DataError(
            f"Read {shown(images_path)}: found {len(images):,} images, and {len(labels):,} "
            f"labels in {shown(labels_path)}. Give one label for each image, in the same order."
        )
    if images.shape[1:] != size:
        raise wrong_size(images_path, images.shape[1:], size)
    images = as_bytes(images, pixel_range, str(images_path))
    return Examples(images=images, labels=labels, files=(shown(images_path),))


def _read_image_files(batch: Batch, size: tuple[int, int]) -> Examples:
    import numpy as np

    folder = Path(batch.folder)
    path = folder / batch.labels
    labels = read_labels(path)
    files = _by_composed_name(folder, image_files(batch))
    for names, problem in (
        (sorted(set(labels) - set(files)), "are not image files of this folder"),
        ([files[name] for name in sorted(set(files) - set(labels))], "have no line in it"),
    ):
        if names:
            raise DataError(
                f"Read {shown(path)}: of the images and its lines, {some_of(names)} {problem}. "
                "Give each image file of the folder one line with its name and its label."
            )
    given = {name: label for name, label in labels.items() if label is not None}
    images = np.empty((len(given), *size), np.uint8)
    for row, name in enumerate(given):
        images[row] = read_image(folder / files[name], size=size)
    return Examples(
        images=images,
        labels=np.fromiter(given.values(), np.uint8, len(given)),
        files=tuple(shown(folder / files[name]) for name in given),
        n_unlabelled=len(labels) - len(given),
    )


def _by_composed_name(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the names on the disk by the form that the table's names are compared in."""
    found: dict[str, str] = {}
    for name in names:
        other = found.setdefault(composed(name), name)
        if other != name:
            raise DataError(
                f"Asked for the new images in {shown(folder)}; found two files named "
                f"{shown(name)}, which differ in how an accent is stored. Rename one of them."
            )
    return found
