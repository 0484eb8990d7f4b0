"""One run at a time in one store: a lock that the kernel frees when its holder dies.

The lock is on the store's folder itself and not on a file in it, so that no file whose removal
would let a second run in.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import StoreError
from engine.store.files import set_aside, write_atomically

POLL_SECONDS = 0.5
SAY_AGAIN_SECONDS = 30.0


@contextmanager
def only_run_in(store: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the store for this process; wait, and say for whom, while another run has it.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        held = os.open(store, os.O_RDONLY | os.O_DIRECTORY)  # no child process inherits it
    except OSError as error:
        raise cannot_be_written(store, error) from error
    try:
        _acquire(held, store, say)
        _sign(store)
        yield
    finally:
        os.close(held)


def cannot_be_written(store: Path, error: OSError) -> StoreError:
    """Say that a store was asked for in which nothing can be kept."""
    return StoreError(
        f"Asked to keep results in {store}; it cannot be written: {error.strerror or error}. "
        "Choose another folder with --store-dir, or give this one write permission and room."
    )


def _acquire(held: int, store: Path, say: Callable[[str], None]) -> None:
    said = float("-inf")
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - said > SAY_AGAIN_SECONDS:
                say(f"waiting for {_holder(store)}, which is using {store}")
                said = time.monotonic()
            time.sleep(POLL_SECONDS)
        except OSError as error:  # a file system without locks
            raise cannot_be_written(store, error) from error
        else:
            return


def _sign(store: Path) -> None:
    holder = {
        "pid": os.getpid(),
        "command": " ".join(sys.argv[:4]),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = store / "run.holder.json"
    if path.is_dir():
        set_aside(path)
    write_atomically(path, lambda file: file.write(json.dumps(holder).encode()))


def _holder(store: Path) -> str:
    try:
        holder = json.loads((store / "run.holder.json").read_text(encoding="utf-8"))
        return f"process {holder['pid']} ({holder['command']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"  # it has not signed yet, or the file is damaged
