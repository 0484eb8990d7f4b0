"""Open a file that a person gave: only a regular one, and unpacked if its name ends in ``.gz``."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tasks.data.files.input_file import cannot_read, require_regular
from tasks.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"


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
        raise cannot_read(path, error) from error


def _gzip_trouble(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        begins = file.read(2)
    if begins != GZIP_MAGIC:
        return (
            f"its name ends in .gz but it is not gzip (it begins with {begins!r}). Give the "
            "original file, or take .gz off the name if it was unpacked."
        )
    return f"the gzip file is damaged ({error}). Copy or download it again."
