"""The processes that runs and nights need, Prefect's server and a worker, started and ended.

Each is started in a session of its own: Ctrl-C in the terminal then reaches only the process
that started them, which ends the worker while the server still answers. Each ends by itself when
that process does, however it ends.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NamedTuple, NoReturn

from engine.errors import PlainError
from engine.server import ends_with_parent
from engine.server.database import require_database, without_secrets
from engine.server.home import require_home
from engine.server.secret import LOOPBACK, lock_of, server_secret

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


class Server(NamedTuple):
    """A running server: the address of its API and its process."""

    api: str
    process: subprocess.Popen[bytes]


def api_at(port: int) -> str:
    """Return the address of the API of a server of this project."""
    return f"http://{LOOPBACK}:{port}/api"


@contextmanager
def server(
    port: int, environment: dict[str, str], log: Path | None = None, *, lasting: bool = True
) -> Iterator[Server]:
    """Run a Prefect server on loopback, closed to all who do not know the secret, for the block.

    Parameters
    ----------
    port : int
        0 for one that is free.
    environment : dict
        Its environment variables; the settings of a server are added.
    log : Path, optional
        Takes what it says; the terminal by default.
    lasting : bool
        Whether others use it too: it then has the UI and the services for schedules, and
        commands with the same PREFECT_HOME know it as one that may be told the secret.

    Raises
    ------
    ServiceError
        If it does not answer within two minutes, something else is at its port, or its log
        cannot be written.
    SecretError
        If there is no secret that it could ask for.
    DatabaseError
        If the database that is named cannot be used.
    """
    require_home()
    require_database()
    with (
        _listening(port) as listening,
        _opened(log) if log else nullcontext() as output,
    ):
        port = listening.getsockname()[1]
        arguments = [f"--socket={listening.fileno()}"]
        if lasting:
            arguments.append(f"--lock={lock_of(port).lock_file}")
        with _running(
            "engine.server.api_server",
            *arguments,
            environment=environment | _settings(port, lasting=lasting),
            output=output,
            socket=listening,
        ) as process:
            listening.close()  # from here on the port is free when the server has ended
            _wait_until_it_answers(api_at(port), process, log)
            yield Server(api_at(port), process)


@contextmanager
def worker(pool: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the time of the block; at its end, end the runs that are at work too."""
    options = ("start", "--pool", pool, "--type", "process")
    known = without_secrets(environment)
    with _running("prefect", "worker", *options, environment=known) as process:
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


def ending_as_ctrl_c() -> None:
    """Let SIGTERM and the closing of the terminal end this process as Ctrl-C does."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _as_ctrl_c)


def _as_ctrl_c(_: int, __: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


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


def _settings(port: int, *, lasting: bool) -> dict[str, str]:
    """Return what the server needs to know.

    What a run holds is kept in a file: in memory it would be forgotten when the power fails, and
    the run's place never be free again.
    """
    settings = {
        "PREFECT_SERVER_API_AUTH_STRING": server_secret(),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": api_at(port).removesuffix("/api"),
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_API_URL": api_at(port),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
    }
    if not lasting:  # as Prefect starts one for a flow that finds none
        settings |= {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_SERVER_LOGGING_LEVEL": "ERROR"}
    return settings


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise ServiceError(
            f"Asked for a Prefect server at port {port} of {LOOPBACK}; the port cannot be used: "
            f"{error.strerror or error}. Choose another one with --port, or end what uses it. A "
            "Prefect server of your own is used if PREFECT_API_URL names it."
        ) from error


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
    module: str,
    *arguments: str,
    environment: dict[str, str],
    output: BinaryIO | None = None,
    socket: socket.socket | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    process: subprocess.Popen[bytes] | None = None
    try:
        with postponed_signals():
            process = subprocess.Popen(  # noqa: S603 - this project's and Prefect's own modules
                ends_with_parent.command(module, *arguments),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                pass_fds=[socket.fileno()] if socket else [],
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            stop(process)


def _wait_until_it_answers(api: str, process: subprocess.Popen[bytes], log: Path | None) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(api):
            return
        time.sleep(0.3)
    said = f"in {log}" if log else "above"
    raise ServiceError(
        f"Asked for a Prefect server at {api}; it did not start. What it said is {said}. Mend that "
        "and run the same command again."
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
