"""A real Prefect server on loopback for tests, with a home of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 300  # on a machine that is busy with everything else too


@dataclass(frozen=True)
class PrefectServer:
    """A running server: its base URL, what its clients need in their environment, its process."""

    url: str
    environment: dict[str, str]
    pid: int

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST to the API, as its filter endpoints want it, and return the JSON answer."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def artifacts(self) -> list[dict[str, Any]]:
        """Every artifact, newest first."""
        found: list[dict[str, Any]] = []
        while True:  # the API gives at most 200 at once
            page = {"sort": "CREATED_DESC", "limit": 200, "offset": len(found)}
            more = self.ask("artifacts/filter", page)
            found += more
            if len(more) < 200:
                return found

    def flow_runs(self) -> list[dict[str, Any]]:
        """Every flow run that has started, newest first; a schedule's future ones have not."""
        started = {"start_time": {"is_null_": False}}
        return self.ask(
            "flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 50, "flow_runs": started}
        )


def free_port() -> int:
    """Return a port of loopback that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment in which only this test's settings of the project hold."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "DIGITS_"))
    }
    return kept | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }


@contextmanager
def running_server(home: Path, port: int | None = None) -> Iterator[PrefectServer]:
    """Start a server, wait until it answers, and end it with all its children."""
    port = port or free_port()
    environment = clean_environment(home) | {
        "PREFECT_SERVER_API_PORT": str(port),  # without it the UI calls port 4200
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=ROOT,
    )
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", process, home / "server.log")
        yield PrefectServer(f"http://127.0.0.1:{port}", environment, process.pid)
    finally:
        with suppress(ProcessLookupError):  # a test may have killed it
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    message = f"The Prefect server did not answer within {START_SECONDS} s:\n{log.read_text()}"
    raise RuntimeError(message)


def run_module(
    *arguments: str, environment: dict[str, str], timeout: float = 900
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m`` of this project and return its output and exit code."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
