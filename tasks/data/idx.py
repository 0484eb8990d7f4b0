"""IDX, the format MNIST was published in: a big-endian header, then one byte a value.

The header is two zero bytes, the type (8 for unsigned byte), the number of dimensions, and
each dimension as four bytes. Source: http://yann.lecun.com/exdb/mnist, "file formats".
"""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from tasks.data.content import Content
from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

UNSIGNED_BYTE = 8
LARGEST_RATIO = 1032  # deflate cannot pack more than 1032 bytes into one
PUBLISHED_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class IdxFiles(NamedTuple):
    """Paths of the four files of a data set."""

    train_images: Path
    train_labels: Path
    test_images: Path
    test_labels: Path


def find_files(folder: Path) -> IdxFiles:
    """Find the four IDX files, with ``-`` or ``.`` before ``idx``, gzipped or not.

    Raises
    ------
    DataError
        If the folder or one of the files is missing; names each one.
    """
    if not folder.is_dir():
        raise DataError(
            f"Asked for the data folder {folder}; found {_what_is_at(folder)}. Give --data-dir a "
            "folder that holds the four IDX files of a data set."
        )
    found = [_first_file(folder, name) for name in PUBLISHED_NAMES]
    missing = [name for name, path in zip(PUBLISHED_NAMES, found, strict=True) if path is None]
    if missing:
        raise DataError(
            f"Asked for the four IDX files in {folder}; did not find {', '.join(missing)} "
            "(.gz or not). Put the files there under these names, or give --data-dir another "
            "folder."
        )
    return IdxFiles(*(path for path in found if path is not None))


def read_folder(folder: Path) -> Content:
    """Read the four IDX files of a folder.

    Raises
    ------
    DataError
        If the folder, one of the files or its content is not as it should be.
    """
    files = find_files(folder)
    return Content(
        train_images=read_idx(files.train_images, n_dimensions=3),
        train_labels=read_idx(files.train_labels, n_dimensions=1),
        test_images=read_idx(files.test_images, n_dimensions=3),
        test_labels=read_idx(files.test_labels, n_dimensions=1),
    )


def read_shape(path: Path, *, n_dimensions: int) -> tuple[int, ...]:
    """Read only the header of an IDX file and return the shape it gives.

    Raises
    ------
    DataError
        If the file cannot be read or is not IDX of unsigned bytes with these dimensions.
    """
    with _opened(path) as file:
        return _read_header(file, path, n_dimensions)


def read_idx(path: Path, *, n_dimensions: int) -> "np.ndarray":
    """Read an IDX file of unsigned bytes, gzipped if its name ends in ``.gz``.

    Returns
    -------
    array : uint8 array with `n_dimensions` dimensions

    Raises
    ------
    DataError
        If the file cannot be read, is not gzip though its name says so, is damaged, has
        another type or number of dimensions, or holds fewer or more values than it says.
    """
    import numpy as np

    with _opened(path) as file:
        shape = _read_header(file, path, n_dimensions)
        expected = math.prod(shape)
        # checked before memory is taken: a damaged header may give thousands of gigabytes
        if expected > path.stat().st_size * LARGEST_RATIO:
            raise _wrong_length(path, expected, "far fewer")
        values = np.empty(expected, np.uint8)
        found = _read_into(file, values.data)
        if found < expected:
            raise _wrong_length(path, expected, f"{found:,}")
        if file.read(1):
            raise _wrong_length(path, expected, "more")
    return values.reshape(shape)


def write_idx(path: Path, array: "np.ndarray") -> None:
    """Write a uint8 array as IDX, gzipped if the name ends in ``.gz``.

    The same array always gives the same bytes: no time or name goes into the gzip header.
    """
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    content = header + array.astype("uint8", casting="safe", copy=False).tobytes()
    zipped = gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
    path.write_bytes(zipped)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; turn what can fail into plain errors."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield cast("BinaryIO", file)
    except EOFError as error:
        raise DataError(
            f"Read {path}: the gzip file ends before its end mark, it is truncated. "
            "Copy or download it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"Read {path}: {_gzip_trouble(path, error)}") from error
    except OSError as error:
        raise DataError(
            f"Asked for {path}; it cannot be read ({error.strerror or error}). "
            "Check the file and its permissions."
        ) from error


def _gzip_trouble(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        begins = file.read(2)
    if begins != b"\x1f\x8b":
        return (
            f"its name ends in .gz but it is not gzip (it begins with {begins!r}). Give the "
            "original file, or take .gz off the name if it was unpacked."
        )
    return f"the gzip file is damaged ({error}). Copy or download it again."


def _read_header(file: BinaryIO, path: Path, n_dimensions: int) -> tuple[int, ...]:
    size = 4 + 4 * n_dimensions
    header = file.read(size)
    magic = bytes([0, 0, UNSIGNED_BYTE, n_dimensions])
    if header[:4] != magic:
        hint = " It looks gzipped: add .gz to its name." if header[:2] == b"\x1f\x8b" else ""
        raise DataError(
            f"Read {path}: expected the magic number {magic.hex()} (IDX, unsigned bytes, "
            f"{n_dimensions} dimensions), found {header[:4].hex() or 'an empty file'}.{hint} "
            "Give the IDX file that belongs under this name."
        )
    if len(header) < size:
        raise DataError(
            f"Read {path}: the file ends inside its header, it is truncated. "
            "Copy or download it again."
        )
    return struct.unpack(f">{n_dimensions}I", header[4:])


def _read_into(file: BinaryIO, values: memoryview) -> int:
    found = 0
    while found < len(values):
        count = cast("gzip.GzipFile", file).readinto(values[found:])
        if not count:
            break
        found += count
    return found


def _wrong_length(path: Path, expected: int, found: str) -> DataError:
    return DataError(
        f"Read {path}: its header promises {expected:,} values, found {found}. The file is "
        "truncated or damaged: copy or download it again."
    )


def _first_file(folder: Path, name: str) -> Path | None:
    names = (name, name.replace("-idx", ".idx"))
    places = [folder / f"{each}{end}" for end in ("", ".gz") for each in names]
    return next((place for place in places if place.is_file()), None)


def _what_is_at(path: Path) -> str:
    return "a file" if path.exists() else "nothing at that path"
