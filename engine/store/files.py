"""The only writer of the store: content-addressed files, written whole or not at all.

A file is named by the sha256 of its content, so its name says what the content must be.
Every write goes to a temporary file in the target's folder, is flushed to the disk and then
renamed: a kill leaves the old state or the new one.
"""

import fcntl
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import StoreError
from engine.store.location import store_root


def write_atomically(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Give `path` the content that `write` puts into an open file, or leave it untouched.

    Raises
    ------
    StoreError
        If the folder cannot be written or has no room.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_then(path.parent, path.suffix, write, lambda _: path)
    except OSError as error:
        raise _cannot_write(path, error) from error


def set_aside(path: Path) -> Path | None:
    """Move a damaged file to ``damaged/``, where a person can look at it.

    Returns
    -------
    Path or None
        Where it lies now; None if it was not there at all.
    """
    if not os.path.lexists(path):
        return None
    folder = store_root() / "damaged"
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    return target


def _write_then(
    folder: Path, suffix: str, write: Callable[[BinaryIO], Any], place: Callable[[Path], Path]
) -> None:
    temporary = folder / f".writing-{secrets.token_hex(4)}{suffix}"
    try:
        with temporary.open("xb") as file:  # who may read it is for the umask to say
            fcntl.flock(file, fcntl.LOCK_EX)  # until it has its name: it is not left by a kill
            write(file)
            file.flush()
            os.fsync(file.fileno())
            target = place(temporary)
            temporary.replace(target)
        sync_folder(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_left_behind(path: Path) -> bool:
    """Whether nobody writes this temporary file any more, on whichever machine."""
    try:
        with path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:  # it cannot be opened: whoever removes it is told
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk: files that came or went stay so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Cannot write {path}: {error.strerror or error}. Give the store a folder with room "
        "and write permission (--store-dir, now "
        f"{store_root()}) and run the same command again: what was computed before is kept."
    )
