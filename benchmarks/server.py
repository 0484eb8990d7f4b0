"""A Prefect server on loopback for the time of a benchmark, with a home of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import ROOT, clean_environment
from tasks.errors import PlainError

START_SECONDS = 120.0
STOP_SECONDS = 20.0


@contextmanager
def running_server(home: Path) -> Iterator[dict[str, str]]:
    """Start a server, wait until it answers, and stop it with all its children.

    Yields
    ------
    dict
        The environment in which a flow runs against it.

    Raises
    ------
    PlainError
        If it does not answer within two minutes.
    """
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    environment = clean_environment(home) | {"PREFECT_API_URL": api}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
            env=environment | {"PREFECT_SERVER_API_PORT": str(port)},
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children end with it
        )
        try:
            _wait_until_it_answers(f"{api}/health", server, home / "server.log")
            yield environment
        finally:
            _stop(server)


def free_port() -> int:
    """Return a port of loopback that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise PlainError(
        f"Asked for a Prefect server at {url}; it did not answer within {START_SECONDS:g} s. "
        f"What it said is in {log}."
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        return
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
