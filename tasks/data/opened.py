"""Open a file that a person gave: only a regular one, and unpacked if its name ends in ``.gz``."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tasks.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def require_regular(path: Path) -> int:
    """Return the size in bytes of a regular file, without opening it.

    Raises
    ------
    DataError
        If there is none, or a pipe, a device, a socket or a folder, which could block or never
        end when it is read.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    for is_it, name in _KINDS:
        if is_it(found.st_mode):
            raise DataError(
                f"Asked for the file {path}; found {name}, which cannot be read as a file. Put a "
                "regular file there."
            )
    return found.st_size


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; turn what can fail meanwhile into plain errors.

    Raises
    ------
    DataError
        If it is no regular file, cannot be read, or is damaged gzip.
    """
    require_regular(path)
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
        raise _unreadable(path, error) from error


def _gzip_trouble(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        begins = file.read(2)
    if begins != GZIP_MAGIC:
        return (
            f"its name ends in .gz but it is not gzip (it begins with {begins!r}). Give the "
            "original file, or take .gz off the name if it was unpacked."
        )
    return f"the gzip file is damaged ({error}). Copy or download it again."


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"Asked for {path}; it cannot be read ({error.strerror or error}). "
        "Check the file and its permissions."
    )
