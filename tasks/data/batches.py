"""New labelled images in folders: which batches there are, each known by its content.

A folder holds an IDX pair (``...images-idx3-ubyte`` and ``...labels-idx1-ubyte`` with the same
beginning, gzipped or not), or PNG files and a ``labels.csv`` with the columns ``file`` and
``label``, or sub-folders of these kinds, which are read in the order of their names. Notes and
other files beside them are passed over; pictures of other kinds and deeper folders are errors.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.store.refs import file_sha256
from tasks.data.records import Batch
from tasks.errors import DataError

LABELS_CSV = "labels.csv"
# A picture of another kind is an error: without one its image would silently be missing.
OTHER_PICTURES = frozenset({".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
IDX_NAME = re.compile(r"(?P<begin>.*)(?P<part>images[-.]idx3|labels[-.]idx1)-ubyte(\.gz)?")
FORMATS = (
    "an IDX pair (...images-idx3-ubyte and ...labels-idx1-ubyte, gzipped or not), or PNG files "
    f"and a {LABELS_CSV} with the columns file,label"
)
MOST_NAMED = 5


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
            f"Asked for the new images in {folder}; found {some_of([e.name for e in entries])} and "
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
            f"Asked for the new images in {folder}; found {some_of(others)}, which would not be "
            f"read. Save each as a PNG file of 8-bit grey with a line in {LABELS_CSV}, or move it "
            "elsewhere."
        )
    if too_deep:
        raise DataError(
            f"Asked for the new images in {folder}; found folders in it, which would not be read: "
            f"{some_of([each.name for each in too_deep])}. Put them beside {folder.name}, or name "
            f"{folder} to --new-images instead of {folder.parent}."
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
    for name in sorted(names):  # an unpacked file comes before the gzipped one of the same name
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
        sha256=batch_digest(kind, folder, images, labels),
    )


def batch_digest(kind: str, folder: Path, images: str, labels: str) -> str:
    """Return the sha256 over the files of a batch, and over the names of PNG files."""
    digest = hashlib.sha256(kind.encode())
    paths = [folder / images, folder / labels] if kind == "IDX" else png_files(folder)
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


def png_files(folder: Path) -> list[Path]:
    """Return the CSV file of a folder, then its PNG files in the order of their names."""
    pictures = (path for path in _entries(folder) if path.suffix.lower() == ".png")
    return [folder / LABELS_CSV, *pictures]


def some_of(names: list[str]) -> str:
    """List at most five names, and say how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
