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
A_PROCESS = 8  # workers that share a process: they sleep, and take little CPU


@contextmanager
def dask_cluster(
    folder: Path, environment: dict[str, str], *, cores: Sequence[int] = (), sleeping: int = 0
) -> Iterator[str]:
    """Start a scheduler, a worker held to each of some cores, and `sleeping` ones for simulations.

    Yields
    ------
    str
        The scheduler's address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place, log = folder / "scheduler.json", folder / "dask.log"
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, core: int | None = None) -> None:
        held = [] if core is None else [shutil.which("taskset") or "taskset", "-c", str(core)]
        with log.open("ab") as output:
            running.append(
                subprocess.Popen(
                    [*held, sys.executable, "-m", *command],
                    cwd=ROOT,
                    env=environment,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            )

    try:
        where = (f"--scheduler-file={place}", "--no-dashboard")
        start("dask", "scheduler", *where, "--host=127.0.0.1", "--port=0")
        _wait(place.exists, log)
        time.sleep(1)  # until it is written
        address = str(json.loads(place.read_text())["address"])
        for core in cores:
            start("dask", "worker", *where, "--nthreads=1", core=core)
        for begun in range(0, sleeping, A_PROCESS):
            n_workers = min(A_PROCESS, sleeping - begun)
            start("benchmarks.cluster.many_workers", address, str(n_workers))
        n_workers = len(cores) + sleeping
        _wait(lambda: log.read_text().count("Register worker") >= n_workers, log)
        yield address
    finally:
        for process in running:
            stop(process)


def _wait(is_there: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_there():
        if time.monotonic() > end:
            raise PlainError(f"Asked for a Dask cluster; it did not start. See {log}.")
        time.sleep(0.2)
