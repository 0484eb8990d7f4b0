"""Dask's scheduler and workers as processes of their own, for the time of a measurement."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.errors import PlainError
from engine.paths import ROOT
from engine.server.processes import stop

START_SECONDS = 180.0


@contextmanager
def dask_cluster(
    folder: Path, environment: dict[str, str], workers: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Start a scheduler and, for each entry of `workers`, a process with these options.

    An option ``--core=N`` holds the process to that core.

    Yields
    ------
    str
        The scheduler's address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "scheduler.json"
    place.unlink(missing_ok=True)
    log = folder / "dask.log"
    running: list[subprocess.Popen[bytes]] = []

    def start(what: str, *options: str) -> None:
        held = [each.removeprefix("--core=") for each in options if each.startswith("--core=")]
        pinned = [shutil.which("taskset") or "taskset", "-c", *held] if held else []
        rest = [each for each in options if not each.startswith("--core=")]
        command = [sys.executable, "-m", "dask", what, "--scheduler-file", str(place), *rest]
        with log.open("ab") as output:
            running.append(
                subprocess.Popen(
                    [*pinned, *command],
                    cwd=ROOT,
                    env=environment,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            )

    try:
        start("scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard")
        _wait(place.exists, log)
        for options in workers:
            start("worker", "--no-dashboard", *options)
        n_workers = sum(_count(options) for options in workers)
        _wait(lambda: log.read_text().count("Register worker") >= n_workers, log)
        time.sleep(1)
        yield str(json.loads(place.read_text())["address"])
    finally:
        for process in running:
            stop(process)


def _count(options: Sequence[str]) -> int:
    counts = [each.removeprefix("--nworkers=") for each in options if "--nworkers=" in each]
    return int(counts[0]) if counts else 1


def _wait(is_there: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_there():
        if time.monotonic() > end:
            raise PlainError(f"Asked for a Dask cluster; it did not start. See {log}.")
        time.sleep(0.2)
