"""Open a file that somebody gave: only a regular one, only up to a stated size."""

import stat
from pathlib import Path
from typing import BinaryIO

from engine.printable import shown
from tasks.errors import DataError

_SPECIAL = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def require_regular(path: Path) -> int:
    """Return the size in bytes of a regular file or a link to one, without opening it.

    Opening a named pipe waits for ever, and reading a device need not end.

    Raises
    ------
    DataError
        If there is no file, or it is of another kind; says which.
    """
    try:
        found = path.stat()
    except OSError as error:
        if path.is_symlink():
            raise DataError(
                f"Asked for {shown(path)}; it is a link to something that cannot be found. "
                "Put the file itself there, or take the link away."
            ) from error
        raise cannot_read(path, error) from error
    if stat.S_ISREG(found.st_mode):
        return found.st_size
    what = next((what for check, what in _SPECIAL if check(found.st_mode)), "no file")
    link = " a link to" if path.is_symlink() else ""
    raise DataError(
        f"Asked for {shown(path)}; it is{link} {what} and was not opened. Give a regular file."
    )


def open_input(path: Path, *, most_bytes: int) -> BinaryIO:
    """Open a regular file of at most `most_bytes` for reading.

    Raises
    ------
    DataError
        If it is no regular file, cannot be read, is empty or is larger.
    """
    size = require_regular(path)
    if size == 0:
        raise DataError(f"Read {shown(path)}: it is empty (0 bytes). Copy or save it again.")
    if size > most_bytes:
        raise DataError(
            f"Asked for {shown(path)}; it has {size:,} bytes, at most {most_bytes:,} are read. "
            "Give a smaller file."
        )
    try:
        return path.open("rb")
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> DataError:
    """Return the error to raise for a file that the system does not give."""
    return DataError(
        f"Asked for {shown(path)}; it cannot be read ({error.strerror or error}). "
        "Check the file and its permissions."
    )
