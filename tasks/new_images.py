"""New labelled images in folders: found, known by their content, and read.

A folder holds an IDX pair (``...images-idx3-ubyte`` and ``...labels-idx1-ubyte`` with the same
beginning, gzipped or not), or PNG files and a ``labels.csv`` with the columns ``file`` and
``label``, or sub-folders of these kinds, which are read in the order of their names. Notes and
other files beside them are passed over; pictures of other kinds and deeper folders are errors.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import DataError
from tasks.idx import read_idx
from tasks.records import file_sha256
from tasks.records_new_images import Batch

if TYPE_CHECKING:
    import numpy as np

LABELS_CSV = "labels.csv"
# A picture of another kind is not passed over: somebody meant it to be learned from.
OTHER_PICTURES = frozenset({".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
COLUMNS = ("file", "label")
IDX_NAME = re.compile(r"(?P<begin>.*)(?P<part>images[-.]idx3|labels[-.]idx1)-ubyte(\.gz)?")
FORMATS = (
    "an IDX pair (...images-idx3-ubyte and ...labels-idx1-ubyte, gzipped or not), or PNG files "
    f"and a {LABELS_CSV} with the columns file,label"
)
MOST_NAMED = 5


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


def find_batches(folders: Sequence[Path]) -> tuple[Batch, ...]:
    """Find the new images in folders, in the order the folders are named.

    An empty folder holds nothing new yet, and that is no error.

    Raises
    ------
    DataError
        If a folder cannot be read, or holds files of another kind only.
    """
    return tuple(
        batch
        for folder in folders
        for batch in _batches_in(folder.expanduser().absolute(), may_hold_folders=True)
    )


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
    if _digest(batch.kind, Path(batch.folder), batch.images, batch.labels) != batch.sha256:
        raise DataError(
            f"Read new images from {batch.folder}; its files changed while they were read. Run "
            "again when nothing writes to it."
        )
    return examples


def _batches_in(folder: Path, *, may_hold_folders: bool) -> Iterator[Batch]:
    entries = _entries(folder)
    files = [entry for entry in entries if entry.is_file()]
    folders = [entry for entry in entries if entry.is_dir()]
    _refuse_what_is_not_read(folder, files, [] if may_hold_folders else folders)
    pairs = _idx_pairs(folder, [file.name for file in files])
    pictures = [file for file in files if file.suffix.lower() == ".png"]
    has_csv = any(file.name == LABELS_CSV for file in files)
    if pictures and not has_csv:
        raise DataError(
            f"Asked for the new images in {folder}; found {len(pictures):,} PNG file(s) and no "
            f"{LABELS_CSV}. Add one with the columns file,label and a line for each picture."
        )
    if entries and not (pairs or has_csv or folders):
        raise DataError(
            f"Asked for the new images in {folder}; found {_some([e.name for e in entries])} and "
            f"none of the known kinds. Give {FORMATS}."
        )
    for images, labels in pairs:
        yield _batch("IDX", folder, images, labels)
    if has_csv:
        yield _batch("PNG", folder, "", LABELS_CSV)
    for inner in folders:
        yield from _batches_in(inner, may_hold_folders=False)


def _refuse_what_is_not_read(folder: Path, files: list[Path], too_deep: list[Path]) -> None:
    others = [file.name for file in files if file.suffix.lower() in OTHER_PICTURES]
    if others:
        raise DataError(
            f"Asked for the new images in {folder}; found {_some(others)}, which would not be "
            f"read. Save each as a PNG file of 8-bit grey with a line in {LABELS_CSV}, or move it "
            "elsewhere."
        )
    if too_deep:
        raise DataError(
            f"Asked for the new images in {folder}; found folders in it, which would not be read: "
            f"{_some([each.name for each in too_deep])}. Put them beside {folder.name}, or name "
            f"{folder} to --new-images in the place of {folder.parent}."
        )


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing at that path"
        raise DataError(
            f"Asked for new images in the folder {folder}; found {found}. Give --new-images a "
            f"folder that holds {FORMATS}, or leave it out."
        )
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DataError(
            f"Asked for new images in {folder}; it cannot be read ({error.strerror or error}). "
            "Check its permissions."
        ) from error


def _idx_pairs(folder: Path, names: list[str]) -> list[tuple[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in sorted(names):  # an unpacked file stands before its gzipped twin
        match = IDX_NAME.fullmatch(name)
        if match:
            found.setdefault(match["begin"], {}).setdefault(match["part"][:6], name)
    for pair in found.values():
        for part, other in (("images", "labels-idx1-ubyte"), ("labels", "images-idx3-ubyte")):
            if len(pair) == 1 and part in pair:
                raise DataError(
                    f"Asked for the new images in {folder}; found {pair[part]} without the "
                    f"{other} (.gz or not) that belongs to it. Put both files of the pair there."
                )
    return [(pair["images"], pair["labels"]) for pair in found.values()]


def _batch(kind: str, folder: Path, images: str, labels: str) -> Batch:
    return Batch(
        folder=str(folder),
        images=images,
        labels=labels,
        kind="IDX" if kind == "IDX" else "PNG",
        sha256=_digest(kind, folder, images, labels),
    )


def _digest(kind: str, folder: Path, images: str, labels: str) -> str:
    """Return the sha256 over the files of a batch; a PNG file's name is content, CSV's word."""
    digest = hashlib.sha256(kind.encode())
    paths = [folder / images, folder / labels] if kind == "IDX" else _png_files(folder)
    try:
        for path in paths:
            digest.update(file_sha256(path).encode())
            if kind == "PNG":
                digest.update(path.name.encode() + b"\0")
    except OSError as error:
        raise DataError(
            f"Asked for {error.filename or folder}; it cannot be read "
            f"({error.strerror or error}). Check the file and its permissions."
        ) from error
    return digest.hexdigest()


def _png_files(folder: Path) -> list[Path]:
    pictures = (path for path in _entries(folder) if path.suffix.lower() == ".png")
    return [folder / LABELS_CSV, *pictures]


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
    pictures = {picture.name for picture in _png_files(folder)[1:]}
    for names, problem in (
        (sorted(set(labels) - pictures), "are not PNG files of this folder"),
        (sorted(pictures - set(labels)), "have no line in it"),
    ):
        if names:
            raise DataError(
                f"Read {path}: of the pictures and its lines, {_some(names)} {problem}. Give "
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
            picture.verify()  # every chunk's checksum; decoding alone passes over a torn end
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


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
