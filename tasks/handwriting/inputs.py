"""What a person gave to be scored: pictures, IDX files, ``.npy`` arrays and CSV files of pixels.

Nothing is decoded here. A file is known by the digest of its content, so that it is scored once
wherever it lies and whatever it is called.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

from engine.printable import shown
from engine.store.refs import file_sha256
from tasks.data.files.folder import LABELS_CSV
from tasks.data.files.input_file import require_regular
from tasks.data.idx import read_shape
from tasks.data.image_file import MOST_BYTES
from tasks.errors import DataError
from tasks.handwriting.records import Kind, Piece

ROWS = 1000  # images of one file that are worked on together
ROWS_BYTES = 64_000_000  # and bytes of picture files
_IDX_IMAGES = re.compile(r".*images[-.]idx3-ubyte.*", re.IGNORECASE)
_IDX_LABELS = re.compile(r".*labels[-.]idx1-ubyte.*", re.IGNORECASE)
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini", "@eadir", LABELS_CSV})
PIXEL_COLUMN = re.compile(r"pixel_?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was given: what it holds, or the `problem` for which it is not read."""

    path: str
    kind: Kind = "picture"
    sha256: str = ""
    n_images: int = 0
    n_bytes: int = 0
    problem: str = ""

    @property
    def name(self) -> str:
        """What it is known by: its content, or where it lies and why it is not read."""
        return self.sha256 or f"{self.path}: {self.problem}"


def files_in(inputs: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that were named, and those of the folders, in the order of their names.

    A file is yielded once, however often it or a folder of it is named. What systems leave in
    folders is passed over, and so are tables and files of labels.

    Raises
    ------
    DataError
        If there is nothing at a path, or a folder cannot be read.
    """
    seen = set()
    for path in inputs:
        place = path.expanduser().absolute()
        if not place.exists() and not place.is_symlink():
            raise DataError(
                f"Asked to score {shown(place)}; found nothing at that path. Give folders or files."
            )
        for file in _below(place) if place.is_dir() else iter((place,)):
            name = file.parent.resolve() / file.name  # a link is a file of its own
            if name not in seen:
                seen.add(name)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(
            f"Asked to score {shown(folder)}; it cannot be read ({error.strerror or error}). Check "
            "its permissions."
        ) from error
    for entry in entries:
        name = entry.name
        if name.startswith(".") or name.casefold() in _LITTER or _IDX_LABELS.fullmatch(name):
            continue
        if not entry.is_symlink() and entry.is_dir():
            yield from _below(entry)
        elif not entry.is_dir():
            yield entry


def look_at(path: Path, size: tuple[int, int]) -> Given:
    """Tell what a file holds and how many images; a file that cannot be read says why.

    Parameters
    ----------
    path : Path
    size : (int, int)
        Height and width of the training images: an array of shape (n, height * width) is n images.
    """
    try:
        n_bytes = require_regular(path)
        kind, n_images = _kind_and_count(path, n_bytes, size[0] * size[1])
        if n_images < 1:
            raise DataError(f"Read {shown(path)}: it holds no image. Put images into it.")
        return Given(str(path), kind, file_sha256(path), n_images, n_bytes)
    except DataError as error:
        return Given(str(path), problem=without_path(str(error), path))
    except OSError as error:
        return Given(str(path), problem=f"It cannot be read ({error.strerror or error}).")
    except ValueError as error:  # of numpy, about a damaged array
        return Given(str(path), problem=f"It is no whole array file ({shown(str(error))}).")


def without_path(problem: str, path: Path) -> str:
    """Return a problem as text that holds for every file of the same content."""
    return problem.replace(shown(path), "the file").removeprefix("Read the file: ")


def pieces_of(given: Given) -> Iterator[Piece]:
    """Split a file into pieces of at most `ROWS` images."""
    for first in range(0, given.n_images, ROWS):
        stop = min(first + ROWS, given.n_images)
        yield Piece(path=given.path, kind=given.kind, sha256=given.sha256, first=first, stop=stop)


def label_file_of(images: Path) -> Path | None:
    """Return the IDX labels that lie beside IDX images, if there are any."""
    name = re.sub(r"images([-.])idx3", r"labels\1idx1", images.name, flags=re.IGNORECASE)
    place = images.with_name(name)
    return place if name != images.name and place.is_file() else None


def csv_columns(path: Path) -> list[str]:
    """Return the names in the first line of a CSV file."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [name.strip().strip('"') for name in file.readline(MOST_BYTES // 1000).split(",")]


def csv_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a CSV file below the first that hold anything, with their numbers."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if number > 1 and line.strip():
                yield number, line


def _kind_and_count(path: Path, n_bytes: int, n_pixels: int) -> tuple[Kind, int]:
    suffix = path.suffix.casefold()
    if _IDX_IMAGES.fullmatch(path.name):
        return "IDX", read_shape(path, n_dimensions=3)[0]
    if suffix == ".npy":
        import numpy as np

        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
        if len(shape) == 2 and shape[1] == n_pixels and isqrt(n_pixels) ** 2 == n_pixels:
            return "npy rows", shape[0]
        return "npy", shape[0] if len(shape) == 3 else 1
    if suffix == ".csv":
        n_columns = sum(map(bool, map(PIXEL_COLUMN.fullmatch, csv_columns(path))))
        if isqrt(n_columns) ** 2 != n_columns:
            raise DataError(
                f"Read {shown(path)}: its first line names {n_columns:,} pixel columns, which fill "
                "no square. Give one column a pixel of a square image, such as 784 of 28 x 28."
            )
        if not n_columns:
            raise DataError(
                f"Read {shown(path)}: its first line names no columns pixel0, pixel1 and so on. "
                "Give a CSV file with one column a pixel, as Kaggle's digit recogniser has it."
            )
        return "CSV", sum(1 for _ in csv_lines(path))
    if n_bytes > MOST_BYTES:
        raise DataError(
            f"Asked for {shown(path)}; it has {n_bytes:,} bytes, at most {MOST_BYTES:,}."
        )
    return "picture", 1
