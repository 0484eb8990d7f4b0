"""IDX, the format MNIST was published in: a big-endian header, then the values.

The header is two zero bytes, the type of the values (8 for unsigned bytes), the number of
dimensions, and each dimension as four bytes. Source: http://yann.lecun.com/exdb/mnist, "file
formats".
"""

import gzip
import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from tasks.data.content import Content
from tasks.data.files.input_file import require_regular
from tasks.data.files.opened import GZIP_MAGIC, opened
from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

UNSIGNED_BYTE = 8
# number in the header -> numpy's type and its name
TYPES = {
    UNSIGNED_BYTE: ("u1", "unsigned bytes"),
    9: ("i1", "signed bytes"),
    11: (">i2", "short integers"),
    12: (">i4", "integers"),
    13: (">f4", "floats"),
    14: (">f8", "doubles"),
}
LARGEST_BYTES = 2 * 2**30  # unpacked; the largest EMNIST file has 0.55 GB
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


class Header(NamedTuple):
    """What the header of an IDX file gives: numpy's type of the values, and the shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """The bytes of all values together."""
        return math.prod(self.shape) * int(self.dtype[-1])


def find_files(folder: Path) -> IdxFiles:
    """Find the four IDX files, with ``-`` or ``.`` before ``idx``, gzipped or not.

    Raises
    ------
    DataError
        If the folder or one of the files is missing; names each one. Also if something else
        than a file stands under one of the names.
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
    """Read the four IDX files of a folder; labels become bytes, images keep their type.

    Raises
    ------
    DataError
        If the folder, one of the files or its content is not as it should be.
    """
    files = find_files(folder)
    return Content(
        train_images=read_idx(files.train_images, n_dimensions=3),
        train_labels=read_labels(files.train_labels),
        test_images=read_idx(files.test_images, n_dimensions=3),
        test_labels=read_labels(files.test_labels),
    )


def read_shape(path: Path, *, n_dimensions: int) -> tuple[int, ...]:
    """Read only the header of an IDX file and return the shape it gives.

    Raises
    ------
    DataError
        If the file cannot be read, is not IDX with these dimensions, is too large, or cannot hold
        as many values as the header says.
    """
    with opened(path) as file:
        header = _read_header(file, path, n_dimensions)
    _check_size(path, header)
    return header.shape


def read_idx(path: Path, *, n_dimensions: int) -> "np.ndarray":
    """Read an IDX file, gzipped if its name ends in ``.gz``.

    Memory is taken only after the header was compared with the file's size, the limit of 2 GiB
    and the memory there is.

    Returns
    -------
    array of the type that the header gives, with `n_dimensions` dimensions

    Raises
    ------
    DataError
        If the file cannot be read, is not gzip though its name says so, is damaged, has
        another type or number of dimensions, is too large, or holds fewer or more values than
        it says.
    """
    import numpy as np

    with opened(path) as file:
        header = _read_header(file, path, n_dimensions)
        _check_size(path, header)
        content = np.empty(header.n_bytes, np.uint8)
        found = _read_into(file, content.data)
        if found < header.n_bytes:
            raise _wrong_length(path, header, found)
        if file.read(1):
            raise _wrong_length(path, header, "more")
    values = content.view(header.dtype).reshape(header.shape)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def read_labels(path: Path) -> "np.ndarray":
    """Read an IDX file of labels, of whatever type, as bytes.

    Returns
    -------
    uint8 array, shape (n,)

    Raises
    ------
    DataError
        As `read_idx`, and if a label is no whole number from 0 to 255.
    """
    import numpy as np

    labels = read_idx(path, n_dimensions=1)
    wrong = ~((labels >= 0) & (labels <= 255) & (labels == np.floor(labels)))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Read {path}: label {row} is {labels[row]:g}; labels are whole numbers from 0 to 255. "
            "Number the classes so, and give their names by --class-names."
        )
    return labels.astype(np.uint8, copy=False)


def write_idx(path: Path, array: "np.ndarray") -> None:
    """Write a uint8 array as IDX, gzipped if the name ends in ``.gz``.

    The same array always gives the same bytes: no time or name goes into the gzip header.
    """
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    content = header + array.astype("uint8", casting="safe", copy=False).tobytes()
    zipped = gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
    path.write_bytes(zipped)


def _read_header(file: BinaryIO, path: Path, n_dimensions: int) -> Header:
    size = 4 + 4 * n_dimensions
    header = file.read(size)
    is_idx = header[:2] == b"\0\0" and len(header) >= 4 and header[2] in TYPES
    if not is_idx or header[3] != n_dimensions:
        magic = bytes([0, 0, UNSIGNED_BYTE, n_dimensions])
        raise DataError(
            f"Read {path}: expected the magic number {magic.hex()} (IDX, unsigned bytes, "
            f"{n_dimensions} dimensions), found {header[:4].hex() or 'an empty file'}."
            f"{_hint(header, path)}"
        )
    if len(header) < size:
        raise DataError(
            f"Read {path}: the file ends inside its header, it is truncated. "
            "Copy or download it again."
        )
    return Header(TYPES[header[2]][0], struct.unpack(f">{n_dimensions}I", header[4:]))


def _hint(header: bytes, path: Path) -> str:
    if header[:2] == GZIP_MAGIC:
        if path.suffix == ".gz":
            return " It is gzipped twice: unpack it once (gunzip) and keep .gz at its name."
        return " It looks gzipped: add .gz to its name."
    return " Give the IDX file that belongs under this name."


def _check_size(path: Path, header: Header) -> None:
    """Compare what the header promises with the file and with what may be read."""
    from tasks.models.memory import GIB, available_bytes

    promised, stored = header.n_bytes, require_regular(path)
    if path.suffix == ".gz":
        if promised > stored * LARGEST_RATIO:
            raise _wrong_length(path, header, "far fewer")
    else:
        found = stored - 4 - 4 * len(header.shape)
        if found != promised:
            raise _wrong_length(path, header, found if found < promised else "more")
    limit = min(LARGEST_BYTES, available_bytes() or LARGEST_BYTES)
    if promised > limit:
        raise DataError(
            f"Read {path}: its header promises {promised / GIB:.2f} GiB of values; at most "
            f"{limit / GIB:.2f} GiB are read (2 GiB, or the memory that is free). Give a smaller "
            "file, or check that its header is not damaged."
        )


def _read_into(file: BinaryIO, values: memoryview) -> int:
    found = 0
    while found < len(values):
        count = cast("gzip.GzipFile", file).readinto(values[found:])
        if not count:
            break
        found += count
    return found


def _wrong_length(path: Path, header: Header, found: int | str) -> DataError:
    expected = math.prod(header.shape)
    counted = found if isinstance(found, str) else f"{found // int(header.dtype[-1]):,}"
    return DataError(
        f"Read {path}: its header promises {expected:,} values, found {counted}. The file is "
        "truncated or damaged: copy or download it again."
    )


def _first_file(folder: Path, name: str) -> Path | None:
    names = (name, name.replace("-idx", ".idx"))
    places = [folder / f"{each}{end}" for end in ("", ".gz") for each in names]
    found = next((place for place in places if place.exists()), None)
    if found is not None:
        require_regular(found)
    return found


def _what_is_at(path: Path) -> str:
    return "a file" if path.exists() else "nothing at that path"
