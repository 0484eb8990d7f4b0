"""Dask's own scheduler and workers as processes of their own, as on machines of their own."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.paths import ROOT
from engine.server.processes import stop


@dataclass
class DaskCluster:
    """A scheduler and its workers on loopback."""

    folder: Path
    code: Path = ROOT
    processes: list = field(default_factory=list)

    @property
    def address(self):
        """Where the scheduler listens, once it does."""
        path, end = self.folder / "scheduler.json", time.monotonic() + 60
        while time.monotonic() < end:
            if path.exists() and path.read_text().strip():
                return json.loads(path.read_text())["address"]
            time.sleep(0.1)
        raise TimeoutError(self.log)

    @property
    def log(self):
        """What the processes said."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def start(self, what, *options, code=None, **environment):
        """Start ``dask scheduler`` or ``dask worker``."""
        log = (self.folder / f"{what}-{len(self.processes)}.log").open("w")
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dask", what),
                *("--scheduler-file", self.folder / "scheduler.json", *options),
            ],
            cwd=code or self.code,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def start_scheduler(self, **environment):
        """Start the scheduler, and wait until it listens."""
        (self.folder / "scheduler.json").unlink(missing_ok=True)
        process = self.start(
            "scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard", **environment
        )
        assert self.address
        return process

    def start_worker(self, *options, **kwargs):
        """Start a worker of one thread with its nanny, and wait until the scheduler has it."""
        before = self.log.count("Register worker")
        process = self.start("worker", "--nthreads=1", "--no-dashboard", *options, **kwargs)
        end = time.monotonic() + 90
        while self.log.count("Register worker") == before:
            assert time.monotonic() < end, self.log
            time.sleep(0.1)
        return process


@contextmanager
def dask_cluster(folder, *, n_workers=0):
    """Run a scheduler and workers for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = DaskCluster(folder)
    try:
        cluster.start_scheduler()
        for _ in range(n_workers):
            cluster.start_worker()
        yield cluster
    finally:
        for process in cluster.processes:
            stop(process)
