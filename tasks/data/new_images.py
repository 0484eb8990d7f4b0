"""Read a batch of new labelled images: an IDX pair, or PNG files and their ``labels.csv``."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.data.batches import batch_digest, png_files, some_of
from tasks.data.idx import read_idx
from tasks.data.records import Batch
from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

COLUMNS = ("file", "label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Images, uint8 (n, height, width), labels, uint8 (n,), and the file that each came from."""

    images: "np.ndarray"
    labels: "np.ndarray"
    files: tuple[str, ...]

    def name(self, row: int) -> str:
        """Name one image as a message does."""
        if len(self.files) == 1 and len(self.labels) > 1:
            return f"image {row} of {self.files[0]}"
        return self.files[row]


def read_batch(batch: Batch, *, size: tuple[int, int]) -> Examples:
    """Read the images and labels of one batch.

    Parameters
    ----------
    size : (int, int)
        Height and width in pixels that every image must have.

    Raises
    ------
    DataError
        If a file is not what it should be or is no longer what it was when it was found.
    """
    examples = _read_idx_pair(batch, size) if batch.kind == "IDX" else _read_png_files(batch, size)
    if batch_digest(batch.kind, Path(batch.folder), batch.images, batch.labels) != batch.sha256:
        raise DataError(
            f"Read new images from {batch.folder}; its files changed while they were read. Run "
            "again when nothing writes to it."
        )
    return examples


def _read_idx_pair(batch: Batch, size: tuple[int, int]) -> Examples:
    images_path = Path(batch.folder) / batch.images
    labels_path = Path(batch.folder) / batch.labels
    images = read_idx(images_path, n_dimensions=3)
    labels = read_idx(labels_path, n_dimensions=1)
    if len(images) != len(labels):
        raise DataError(
            f"Read {images_path}: found {len(images):,} images, and {len(labels):,} labels in "
            f"{labels_path}. Give one label for each image, in the same order."
        )
    _check_size(images_path, images.shape[1:], size)
    return Examples(images=images, labels=labels, files=(str(images_path),))


def _read_png_files(batch: Batch, size: tuple[int, int]) -> Examples:
    import numpy as np

    folder = Path(batch.folder)
    path = folder / batch.labels
    labels = _read_labels(path)
    pictures = {picture.name for picture in png_files(folder)[1:]}
    for names, problem in (
        (sorted(set(labels) - pictures), "are not PNG files of this folder"),
        (sorted(pictures - set(labels)), "have no line in it"),
    ):
        if names:
            raise DataError(
                f"Read {path}: of the pictures and its lines, {some_of(names)} {problem}. Give "
                "each PNG file of the folder one line with its name and its label."
            )
    images = [_read_png(folder / name, size) for name in labels]
    stacked = np.stack(images) if images else np.empty((0, *size), np.uint8)
    return Examples(
        images=stacked,
        labels=np.fromiter(labels.values(), np.uint8, len(labels)),
        files=tuple(str(folder / name) for name in labels),
    )


def _read_labels(path: Path) -> dict[str, int]:
    """Return file name -> label, in the order of the CSV's lines."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
            rows = [] if missing else [(lines.line_num, row) for row in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"Read {path}: it cannot be read as a CSV file in UTF-8 ({error}). Write it again "
            "with the columns file,label."
        ) from error
    if missing:
        raise DataError(
            f"Read {path}: its first line lacks the column(s) {', '.join(missing)}. Begin it "
            "with file,label and give each PNG file one line."
        )
    labels: dict[str, int] = {}
    for number, row in rows:
        name, text = (row["file"] or "").strip(), (row["label"] or "").strip()
        if name in labels:
            raise DataError(
                f"Read {path}, line {number}: {name} has a line before this one. Give it one."
            )
        if not re.fullmatch(r"\d{1,2}", text):
            raise DataError(
                f"Read {path}, line {number}: the label of {name or 'no file'} is {text!r}. Give "
                "the digit that the picture shows."
            )
        labels[name] = int(text)
    return labels


def _read_png(path: Path, size: tuple[int, int]) -> "np.ndarray":
    import numpy as np
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG",)) as picture:
            picture.verify()  # every chunk's checksum; decoding alone does not notice a missing end
        with Image.open(path, formats=("PNG",)) as picture:
            _check_size(path, (picture.height, picture.width), size)
            if picture.mode != "L":
                raise DataError(
                    f"Read {path}: found a PNG of the kind {picture.mode}, which is not 8-bit "
                    "grey. Save it as one grey value from 0 to 255 for each pixel, without "
                    "transparency."
                )
            return np.asarray(picture, dtype=np.uint8)
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's answers to damaged files
        raise DataError(
            f"Read {path}: it is not a whole PNG file ({error}). Copy or save it again."
        ) from error


def _check_size(path: Path, found: tuple[int, ...], size: tuple[int, int]) -> None:
    if tuple(found) != size:
        (height, width), (its_height, its_width) = size, found
        raise DataError(
            f"Read {path}: found {its_width} x {its_height} pixels; the training images are "
            f"{width} x {height}. Give images of that size."
        )
