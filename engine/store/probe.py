"""What the store needs of a file system, tried in the store's own folder before a run.

A rename replaces a file as a whole, a lock of one process keeps another one out, and what was
flushed is on the disk. Network file systems may lack any of them.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from engine.errors import StoreError
from engine.store.files import sync_folder

N_BYTES = 16


class Trace(NamedTuple):
    """A file in a store, and what it holds; it is locked by the process that left it."""

    path: Path
    content: str


@contextmanager
def traced(store: Path) -> Iterator[Trace]:
    """Try a store's file system, and leave in it for the block what others can prove they see.

    Raises
    ------
    StoreError
        Says what the file system does not do.
    """
    trace = Trace(_name(store), secrets.token_hex(N_BYTES))
    try:
        store.mkdir(parents=True, exist_ok=True)
        with trace.path.open("xb") as held:
            _write(held, trace.content)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _require_lock(trace)
            _require_rename(store)
            yield trace
    except OSError as error:
        raise _lacks(store, error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            trace.path.unlink()


def require_file_system(store: Path) -> None:
    """Try a store's file system; raise `StoreError` if it does not do what the store needs."""
    with traced(store):
        pass


def look_at_trace(trace: Trace) -> None:
    """Make sure, in another process, that the store is the same folder and can be used.

    Raises
    ------
    StoreError
        Says whether it is not seen, cannot be written, or is not locked across machines.
    """
    store = trace.path.parent
    try:
        found = trace.path.read_text(encoding="ascii")
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"it does not see the store {store} ({reason})") from None
    if found != trace.content:
        raise StoreError(f"it sees another folder as the store {store}")
    try:
        _require_rename(store)
        _require_lock(trace)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"it cannot write the store {store} ({reason})") from None


def _require_lock(trace: Trace) -> None:
    with trace.path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise _lacks(trace.path.parent, "a lock of one process does not keep another one out")


def _require_rename(store: Path) -> None:
    old, new = _name(store), _name(store)
    try:
        for path, content in ((old, "old"), (new, "new")):
            with path.open("xb") as file:
                _write(file, content)
        new.replace(old)
        sync_folder(store)
        if new.exists() or old.read_text(encoding="ascii") != "new":
            raise _lacks(store, "a rename does not replace a file as a whole")
    finally:
        for path in (old, new):
            path.unlink(missing_ok=True)


def _write(file: BinaryIO, content: str) -> None:
    file.write(content.encode("ascii"))
    file.flush()
    os.fsync(file.fileno())


def _name(store: Path) -> Path:
    return store / f".writing-{secrets.token_hex(4)}"  # one that a killed run left is removed


def _lacks(store: Path, what: str) -> StoreError:
    return StoreError(
        f"Asked to keep results in {store}; its file system does not do what a store needs: "
        f"{what}. Name a folder on another one with --store-dir."
    )
