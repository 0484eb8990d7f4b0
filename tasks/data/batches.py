"""New labelled images in folders: which batches there are, each known by its content.

A folder holds an IDX pair (``...images-idx3-ubyte`` and ``...labels-idx1-ubyte`` with the same
beginning, gzipped or not), or image files and a ``labels.csv`` with the columns ``file`` and
``label``, or sub-folders of these kinds, which are read in the order of their names.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.printable import shown, some_of
from engine.store.refs import file_sha256
from tasks.data.files.folder import FORMATS, LABELS_CSV, entry_names, like_a_table, look_into
from tasks.data.files.input_file import cannot_read
from tasks.data.records import Batch
from tasks.errors import DataError


def find_batches(folders: Sequence[Path]) -> tuple[Batch, ...]:
    """Find the new images in folders, in the order the folders are named.

    An empty folder holds nothing new yet, and that is no error.

    Raises
    ------
    DataError
        If a folder cannot be read, holds files of another kind only, or a file that was meant to
        be read and would not be.
    """
    return tuple(
        batch
        for folder in folders
        for batch in _batches_in(folder.expanduser().absolute(), may_hold_folders=True)
    )


def _batches_in(path: Path, *, may_hold_folders: bool) -> Iterator[Batch]:
    folder = look_into(path)
    if folder.folders and not may_hold_folders:
        raise DataError(
            f"Asked for the new images in {shown(path)}; found folders in it, which would not "
            f"be read: {some_of([each.name for each in folder.folders])}. Put them beside "
            f"{shown(path.name)}, or name {shown(path)} to --new-images instead of "
            f"{shown(path.parent)}."
        )
    if folder.images and not folder.table:
        raise _no_table(path, folder.images)
    if not (folder.is_empty or folder.pairs or folder.table or folder.folders):
        raise DataError(
            f"Asked for the new images in {shown(path)}; found {some_of(entry_names(path))} "
            f"and none of the known kinds. Give {FORMATS}."
        )
    for images, labels in folder.pairs:
        yield _batch("IDX", path, images, labels, ())
    if folder.table:
        yield _batch("images", path, "", folder.table, folder.images)
    for inner in folder.folders:
        yield from _batches_in(inner, may_hold_folders=False)


def _no_table(folder: Path, images: Sequence[str]) -> DataError:
    alike = like_a_table(folder)
    saved = f" Save {some_of(alike)} as {LABELS_CSV} there, or add" if alike else " Add"
    return DataError(
        f"Asked for the new images in {shown(folder)}; found {len(images):,} image file(s) "
        f"({some_of(images)}) and no {LABELS_CSV}.{saved} one with the columns file,label and a "
        "line for each image."
    )


def _batch(kind: str, folder: Path, images: str, labels: str, image_files: Sequence[str]) -> Batch:
    for name in (str(folder), images, labels):
        if not name.isascii() and name != os.fsencode(name).decode(errors="replace"):
            raise DataError(
                f"Asked for the new images in {shown(folder)}; the name {shown(name)} "
                "holds bytes that are no UTF-8. Rename it."
            )
    return Batch(
        folder=str(folder),
        images=images,
        labels=labels,
        kind="IDX" if kind == "IDX" else "images",
        sha256=_digest(kind, folder, (images, labels) if images else (labels, *image_files)),
    )


def has_changed(batch: Batch) -> bool:
    """Whether the files of a batch are no longer those that were found."""
    folder = Path(batch.folder)
    names = (batch.images, batch.labels) if batch.images else (batch.labels, *image_files(batch))
    return _digest(batch.kind, folder, names) != batch.sha256


def image_files(batch: Batch) -> tuple[str, ...]:
    """Return the names of the image files that lie beside the table of a batch, sorted."""
    return look_into(Path(batch.folder)).images


def _digest(kind: str, folder: Path, names: Sequence[str]) -> str:
    """Return the sha256 over the files of a batch, and over the names of image files."""
    digest = hashlib.sha256(kind.encode())
    try:
        for name in names:
            digest.update(file_sha256(folder / name).encode())
            if kind != "IDX":
                digest.update(os.fsencode(name) + b"\0")
    except OSError as error:
        raise cannot_read(Path(error.filename or folder), error) from error
    return digest.hexdigest()
