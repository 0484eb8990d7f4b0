"""What a folder of new images holds: IDX pairs, image files with their table, other folders.

A file that somebody meant to be read is read, or named in an error. Notes are passed over, and so
is what systems leave in folders by themselves.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from engine.printable import shown, some_of
from tasks.data.files.file_kinds import MEANT_SUFFIXES, READERS, kind_of, suffix_of
from tasks.data.files.idx_pairs import COPY_MARK, idx_pairs, is_idx_name
from tasks.data.files.input_file import cannot_read, require_regular
from tasks.data.image_file import READABLE, needs_a_plugin
from tasks.errors import DataError

LABELS_CSV = "labels.csv"
FORMATS = (
    "an IDX pair (...images-idx3-ubyte and ...labels-idx1-ubyte, gzipped or not), or image files "
    f"and a {LABELS_CSV} with the columns file,label"
)
_TABLE = re.compile(rf"labels{COPY_MARK}?\.csv", re.IGNORECASE)
_LIKE_A_TABLE = re.compile(r"label.*\.(csv|tsv|txt|xlsx?|ods|numbers|json)", re.IGNORECASE)
_LITTER = frozenset(
    {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "$recycle.bin", "@eadir"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What is to be read in one folder: names of files, and the folders in it.

    `table` is the file that gives the labels of `images`; None if there is none.
    """

    path: Path
    pairs: tuple[tuple[str, str], ...]
    images: tuple[str, ...]
    table: str | None
    folders: tuple[Path, ...]
    is_empty: bool


def look_into(path: Path) -> Folder:
    """Tell what a folder holds by the content of its files.

    Raises
    ------
    DataError
        If it cannot be read, or a file in it was meant to be read and would not be.
    """
    entries = _entries(path)
    folders = [entry for entry in entries if entry.is_dir()]
    inner = set(folders)
    files = [entry for entry in entries if entry not in inner]
    for file in files:
        require_regular(file)
    tables = [file.name for file in files if _TABLE.fullmatch(file.name)]
    if len(tables) > 1:
        raise DataError(
            f"Asked for the new images in {shown(path)}; found {some_of(tables)}, which all "
            "give labels. Leave one of them there."
        )
    images, refused = [], []
    for file in files:
        if file.name in tables or is_idx_name(file.name):
            continue
        kind = _kind(file)
        if kind in READERS and not needs_a_plugin(kind):
            images.append(file.name)
        elif kind or _was_meant(file.name, has_table=bool(tables)):
            refused.append((file.name, kind))
    if refused:
        raise _not_read(path, refused)
    return Folder(
        path=path,
        pairs=tuple(idx_pairs((file.name for file in files), place=shown(path))),
        images=tuple(images),
        table=tables[0] if tables else None,
        folders=tuple(folders),
        is_empty=not entries,
    )


def like_a_table(folder: Path) -> list[str]:
    """Return the names of files that may be meant as the table of labels, under another name."""
    return [entry.name for entry in _entries(folder) if _LIKE_A_TABLE.fullmatch(entry.name)]


def entry_names(folder: Path) -> list[str]:
    """Return the sorted names in a folder, without those that are passed over."""
    return [entry.name for entry in _entries(folder)]


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing at that path"
        raise DataError(
            f"Asked for new images in the folder {shown(folder)}; found {found}. Give "
            f"--new-images a folder that holds {FORMATS}, or leave it out. Commas separate "
            r"folders: write \, for a comma in a name."
        )
    try:
        return sorted(entry for entry in folder.iterdir() if not _is_litter(entry.name))
    except OSError as error:
        raise cannot_read(folder, error) from error


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER


def _kind(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return kind_of(opened, file.name)
    except OSError as error:
        raise cannot_read(file, error) from error


def _was_meant(name: str, *, has_table: bool) -> bool:
    # a second table would silently not be read; a text beside the table is a note
    second_table = has_table and suffix_of(name) in {"csv", "tsv"} and _LIKE_A_TABLE.fullmatch(name)
    return suffix_of(name) in MEANT_SUFFIXES or bool(second_table)


def _not_read(folder: Path, refused: list[tuple[str, str | None]]) -> DataError:
    kinds = sorted({needs_a_plugin(kind) or kind for _, kind in refused if kind})
    unknown = ["of no kind known by its content"] if any(not kind for _, kind in refused) else []
    names = [name for name, _ in refused]
    alike = any(_LIKE_A_TABLE.fullmatch(name) for name in names)
    return DataError(
        f"Asked for the new images in {shown(folder)}; found {some_of(names)}, which would "
        f"not be read: {', '.join(kinds + unknown)}. Save each image as {READABLE}, with a line "
        f"in {LABELS_CSV}, {f'save a table of labels as {LABELS_CSV}, ' if alike else ''}and move "
        "everything else elsewhere."
    )
