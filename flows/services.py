"""The processes that the nights need - Prefect's server and a worker - started and ended in order.

Each is started in a session of its own: Ctrl-C in the terminal then reaches only the process
that started them, which ends the worker while the server still answers.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tasks.errors import PlainError

START_SECONDS = 120.0
STOP_SECONDS = 30.0
LEASES = "prefect.server.concurrency.lease_storage.filesystem"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServiceError(PlainError):
    """A process that the nights need could not be started."""


def answers(api: str) -> bool:
    """Whether a Prefect server answers at this API address."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as answer:  # noqa: S310 - http only
            return bool(answer.read().strip() == b"true")
    except (urllib.error.URLError, OSError, ValueError):
        return False


@contextmanager
def server(port: int, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Prefect server on loopback for the time of the block.

    Raises
    ------
    ServiceError
        If it does not answer within two minutes, something else is at its port, or its log
        cannot be written.
    """
    api = f"http://127.0.0.1:{port}/api"
    with (
        _opened(log) as file,
        _running(
            ["server", "start", "--host", "127.0.0.1", "--port", str(port)],
            environment | _settings(port),
            output=file,
        ) as process,
    ):
        _wait_until_it_answers(api, process, log)
        yield process


@contextmanager
def worker(pool: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the time of the block; at its end, end the runs that are at work too."""
    with _running(["worker", "start", "--pool", pool, "--type", "process"], environment) as process:
        yield process


@contextmanager
def postponed_signals() -> Iterator[None]:
    """Keep Ctrl-C, SIGTERM and the closing of the terminal back until the block is over.

    Between the start of a process and the line that remembers it, each of them would leave it
    behind for ever. Works in the main thread alone, as all handlers of signals do.
    """
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, in order, and by force after some seconds.

    Those it started are asked first: a flow run closes itself as Crashed while the server and
    its worker are still there. A second Ctrl-C cuts the waiting short, never the ending.
    """
    asked: set[int] = set()
    try:
        _ask_to_end(process, asked)
    finally:
        with postponed_signals():
            for pid in (*asked, *descendants(process.pid)):
                _send(pid, signal.SIGKILL)
            process.kill()
            process.wait()


def _ask_to_end(process: subprocess.Popen[bytes], asked: set[int]) -> None:
    """Send each process one SIGTERM, also one that begins only now, and wait for their end."""
    end = time.monotonic() + STOP_SECONDS
    told = False
    while time.monotonic() < end:
        for pid in set(descendants(process.pid)) - asked:
            asked.add(pid)
            _send(pid, signal.SIGTERM)
        if not told and not any(_lives(pid) for pid in asked):
            told = True  # not before: a worker that ends kills its run, which then closes nothing
            process.terminate()
        if process.poll() is not None and not any(_lives(pid) for pid in asked):
            return
        time.sleep(0.2)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did, at this moment."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,  # Ctrl-C must not end it
    )
    children: dict[int, list[int]] = {}
    for line in listed.stdout.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found


def _settings(port: int) -> dict[str, str]:
    """Return what the server needs to know.

    Without its port as a setting its UI would call 4200. What a run holds is kept in a file: in
    memory it would be forgotten when the power fails, and the run's place never be free again.
    """
    return {
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
    }


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError as error:
        raise ServiceError(
            f"Asked to write what the server says to {log}; it cannot be written: "
            f"{error.strerror or error}. Name another file with --server-log."
        ) from error


@contextmanager
def _running(
    arguments: list[str], environment: dict[str, str], *, output: BinaryIO | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process: subprocess.Popen[bytes] | None = None
    try:
        with postponed_signals():
            process = subprocess.Popen(  # noqa: S603 - Prefect's own commands
                [sys.executable, "-m", "prefect", *arguments],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            stop(process)


def _wait_until_it_answers(api: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(api):
            return
        time.sleep(0.3)
    raise ServiceError(
        f"Asked for a Prefect server at {api}; it did not start. What it said is in {log}. If "
        "something else uses this port, choose another one with --port."
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
