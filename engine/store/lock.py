"""One run at a time in one store: a lock that the kernel frees when its holder dies.

The lock is on the store's folder itself and not on a file in it, so that no file whose removal
would let a second run in.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import PlainError, StoreError
from engine.store.files import set_aside, write_atomically

POLL_SECONDS = 0.5
SAY_AGAIN_SECONDS = 30.0


class StoreInUse(PlainError):
    """Another run has held the store for longer than was to be waited."""


@contextmanager
def only_run_in(
    store: Path, *, say: Callable[[str], None], wait: float | None = None
) -> Iterator[None]:
    """Hold the store for this process; wait, and say for whom, while another run has it.

    Every 30 s it is said again, and whether the other process is stopped (SIGSTOP, Ctrl-Z).

    Parameters
    ----------
    wait : float, optional
        Seconds to wait at most; for ever by default.

    Raises
    ------
    StoreError
        If the store cannot be written.
    StoreInUse
        If another run still has it after `wait`.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        held = os.open(store, os.O_RDONLY | os.O_DIRECTORY)  # no child process inherits it
    except OSError as error:
        raise cannot_be_written(store, error) from error
    try:
        _acquire(held, store, say, wait)
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


def _acquire(held: int, store: Path, say: Callable[[str], None], wait: float | None) -> None:
    began, said = time.monotonic(), float("-inf")
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            if wait is not None and now - began >= wait:
                raise StoreInUse(
                    f"Asked to use {store}; it was waited for {wait:g} s (--wait) for "
                    f"{_holder(store)}, which still uses it. Wait longer, end that one, or name "
                    "another folder with --store-dir."
                ) from None
            if now - said > SAY_AGAIN_SECONDS:
                say(f"waiting for {_holder(store)}, which is using {store}")
                said = now
            time.sleep(POLL_SECONDS if wait is None else min(POLL_SECONDS, wait))
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
        pid, words = int(holder["pid"]), f"{holder['command']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "another run"  # it has not signed yet, or the file is damaged
    if _is_stopped(pid):
        words += f"; it is stopped: `kill -CONT {pid}` lets it go on"
    return f"process {pid} ({words})"


def _is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal, and so does nothing until another one comes."""
    listed = subprocess.run(  # noqa: S603 - fixed words and a number
        ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip().startswith("T")
