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
STOP_SECONDS = 20.0


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
        If it does not answer within two minutes, or something else is at its port.
    """
    api = f"http://127.0.0.1:{port}/api"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = _start(
            ["server", "start", "--host", "127.0.0.1", "--port", str(port)],
            # without the port as a setting the UI would call 4200
            environment | {"PREFECT_SERVER_API_PORT": str(port)},
            output=file,
        )
        try:
            _wait_until_it_answers(api, process, log)
            yield process
        finally:
            stop(process)


@contextmanager
def worker(pool: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the time of the block; at its end, end the runs that are at work too."""
    process = _start(["worker", "start", "--pool", pool, "--type", "process"], environment)
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, in order, and by force after some seconds.

    Those it started are asked first: a flow run closes itself as Crashed while the server and
    its worker are still there.
    """
    started = descendants(process.pid)
    for pid in started:
        _send(pid, signal.SIGTERM)
    _send(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    end = time.monotonic() + (STOP_SECONDS if process.poll() is not None else 0.0)
    while any(_lives(pid) for pid in started) and time.monotonic() < end:
        time.sleep(0.1)
    for pid in (*started, *descendants(process.pid)):
        _send(pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
        process.wait()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did, at this moment."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=True,
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


def _start(
    arguments: list[str], environment: dict[str, str], *, output: BinaryIO | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - Prefect's own commands
        [sys.executable, "-m", "prefect", *arguments],
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
    )


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
