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
def dask_cluster(folder, *, n_workers=0, **settings):
    """Run a scheduler and workers for the block; `settings` are those of Dask's scheduler."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = DaskCluster(folder)
    try:
        prefix = "DASK_DISTRIBUTED__SCHEDULER__"
        cluster.start_scheduler(**{f"{prefix}{name}": value for name, value in settings.items()})
        for _ in range(n_workers):
            cluster.start_worker()
        yield cluster
    finally:
        for process in cluster.processes:
            stop(process)


def started(server, folder, *options, **settings):
    """Begin the four fits; `settings` are more environment variables of the run."""
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from tests.support import cluster_steps as it; it.main()"),
            "--dataset=digits",
            *(f"--store-dir={folder / 'store'}", f"--output-dir={folder / 'outputs'}", *options),
        ],
        cwd=ROOT,
        env=server.environment | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ran(server, folder, *options, code=0, **settings):
    """Run the four fits, and return what was said."""
    process = started(server, folder, *options, **settings)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err + out
    return out + err


def begun(folder):
    """Return the number, process and cores of each fit that has begun, the first first."""
    paths = sorted((folder / "fits").glob("*"), key=lambda each: each.name.rpartition("-")[2])
    return [tuple(map(int, each.name.split("-")[:3])) for each in paths]


def task_states(server, flow_run_id=None, *, seconds=60):
    """Return the states' names of a flow run's tasks, by default the newest's, once all have ended.

    The server learns of them by events, which take their time.
    """
    asked = {"flow_runs": {"id": {"any_": [flow_run_id or server.flow_runs()[0]["id"]]}}}
    end = time.monotonic() + seconds
    while True:
        states = {run["state_name"] for run in server.ask("task_runs/filter", asked)}
        if states.isdisjoint({"Pending", "Running"}) or time.monotonic() > end:
            return states
        time.sleep(0.5)
