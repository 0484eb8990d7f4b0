"""A real Prefect server of this project on loopback for tests, with a home of its own."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.settings import PREFECT_HOME, PREFECT_SERVER_API_AUTH_STRING, temporary_settings

from engine.paths import ROOT
from engine.server.processes import server


@dataclass(frozen=True)
class PrefectServer:
    """A running server: its base URL, the environment of its clients, its process.

    The environment names the server and its home; commands of this project find the secret by
    themselves.
    """

    url: str
    environment: dict[str, str]
    pid: int

    @property
    def secret(self) -> str:
        """What every request must show."""
        return (Path(self.environment["PREFECT_HOME"]) / "digits-server-secret").read_text()

    @property
    def with_secret(self) -> dict[str, str]:
        """The environment for Prefect's own commands."""
        return self.environment | {"PREFECT_API_AUTH_STRING": self.secret}

    @property
    def header(self) -> dict[str, str]:
        """The header of a request that shows the secret."""
        return {"Authorization": self.header_text}

    @property
    def header_text(self) -> str:
        """The value of that header."""
        return f"Basic {b64encode(self.secret.encode()).decode()}"

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """POST to the API, as its filter endpoints want it, and return the JSON answer."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"} | self.header,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
            return json.loads(content) if content else None

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
        if not name.startswith(("PREFECT_", "DIGITS_", "SPAM_"))
    }
    return kept | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }


def with_all_cores(environment: dict[str, str]) -> dict[str, str]:
    """Return an environment in which a run is not held to one thread, as workers' tests are."""
    return {name: value for name, value in environment.items() if name != "OMP_NUM_THREADS"}


@contextmanager
def running_server(home: Path, port: int | None = None, **settings: str) -> Iterator[PrefectServer]:
    """Start a server as `make nightly` does, wait until it answers, and end it.

    `settings` are environment variables of the server alone.
    """
    environment = clean_environment(home)
    here = {PREFECT_HOME: home, PREFECT_SERVER_API_AUTH_STRING: None}
    with (
        temporary_settings(here),
        server(port or 0, environment | settings, home / "server.log") as (api, process),
    ):
        yield PrefectServer(
            api.removesuffix("/api"), environment | {"PREFECT_API_URL": api}, process.pid
        )


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
