"""The nightly command, its deployment and its runs, for tests on a real server."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError

import pytest

from tests.support.prefect_server import ROOT
from tests.support.small_runs import processes_with

ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
POLLING = {"PREFECT_WORKER_QUERY_SECONDS": "2"}  # instead of 15, so that no test waits for it


@dataclass
class Command:
    """The nightly command at work and what it has said."""

    process: subprocess.Popen
    mark: str
    said: list[str] = field(default_factory=list)

    def wait_for(self, text):
        """Wait until it says this text; from then on it is read along in the background."""
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                break
        else:
            pytest.fail(f"{text!r} was never said:\n{''.join(self.said)}")
        Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True).start()

    def press_ctrl_c(self):
        """End it and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)

    def kill_all_but_itself(self):
        """SIGKILL its worker and the run at work, as one that clears out of memory would."""
        for pid in set(processes_with(self.mark)) - {self.process.pid}:
            os.kill(pid, signal.SIGKILL)


@contextmanager
def nights(environment, folder, *knobs, until="The worker follows", module="flows.nightly"):
    """Run the nightly command, or another; if it still runs after the block, end all it started."""
    mark = str(folder)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", module, *knobs],
        cwd=ROOT,
        env=environment | POLLING | {"RELIABILITY_TEST": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one thread
    )
    command = Command(process, mark)
    try:
        command.wait_for(until)
        yield command
    finally:
        kill_all(mark)
        process.wait()


@contextmanager
def worker(night, *options):
    """A worker alone; whatever is left of it and its runs at the end is killed."""
    mark = str(night.folder / "worker")
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "digits", *options],
        cwd=ROOT,
        env=night.server.with_secret | POLLING | {"RELIABILITY_TEST": mark},
        stdout=(night.folder / "worker.log").open("ab"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill_all(mark)
        process.wait()


def kill_all(mark):
    """What a power failure does to all processes with this mark."""
    for pid in processes_with(mark):
        os.kill(pid, signal.SIGKILL)


class Night:
    """The deployment on a server, and a store for its runs."""

    def __init__(self, server, folder, name="nightly", **knobs):
        self.server = server
        wanted = {"deployments": {"name": {"any_": [name]}}}
        (self.deployment,) = self.ask("deployments/filter", wanted)
        self.folder = folder
        self.knobs = {
            **(knobs or {"dataset": "digits", "shift": 0}),
            "candidates": ["sgd"],
            "n_splits": 2,
            "store_dir": str(folder / "data"),
            "output_dir": str(folder / "outputs"),
        }

    def ask(self, path, body=None, seconds=120):
        """Ask the server, and again while its database is locked (503) or it has no time."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.server.ask(path, body)
            except HTTPError as error:
                if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > end:
                    raise
            except TimeoutError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.5)

    def add_run(self, *, due=None, **knobs):
        """Schedule one run and return its id."""
        scheduled = {"scheduled_time": (due or datetime.now(UTC)).isoformat()}
        created = self.ask(
            f"deployments/{self.deployment['id']}/create_flow_run",
            {
                "parameters": {"config": self.knobs | knobs},
                "state": {"type": "SCHEDULED", "state_details": scheduled},
            },
        )
        return created["id"]

    def begin_run(self, **knobs):
        """Schedule one run, wait until a worker has begun it, and return its id."""
        run = self.add_run(**knobs)
        self.wait(run, ("RUNNING", *ENDED))
        return run

    def add_cron(self):
        """Add a cron that comes due in a few seconds; return the run the scheduler makes of it.

        A server that is too busy to look at it in time gets another cron, further ahead.
        """
        for seconds in (12, 60, 180):
            due = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
            schedule = {
                "schedule": {
                    "cron": f"{due:%-M %-H} * * * {due.second}",  # the sixth field is the second
                    "timezone": "UTC",
                },
                "active": True,
                "parameters": {"config": self.knobs},
            }
            self.ask(f"deployments/{self.deployment['id']}/schedules", [schedule])
            while datetime.now(UTC) < due:
                for run in self.runs(expected_start_time={"before_": due.isoformat()}):
                    if datetime.fromisoformat(run["expected_start_time"]) == due:
                        return run["id"]
                time.sleep(0.5)
        pytest.fail("The server's scheduler made no run of a cron in three minutes.")
        return None

    def coming(self):
        """Return the times at which the scheduler will start runs."""
        runs = self.runs(state={"type": {"any_": ["SCHEDULED"]}})
        return {
            datetime.fromisoformat(run["expected_start_time"])
            for run in runs
            if run["auto_scheduled"]
        }

    def runs(self, **conditions):
        filters = {"flow_runs": conditions, "limit": 200}
        return self.ask("flow_runs/filter", filters)

    def state(self, run):
        (found,) = self.runs(id={"any_": [run]})
        return found["state"]

    def wait(self, run, wanted=ENDED, seconds=600):
        """Wait until the state's type is one of those wanted, and return the state."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.state(run)
            if state["type"] in wanted:
                return state
            time.sleep(0.5)
        pytest.fail(f"{run} is {state} after {seconds} s")
        return None

    def wait_for_cancelled(self, late, seconds=600):
        """Wait until only one of the late runs is not cancelled, and return it in a list."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            states = {run: self.state(run)["type"] for run in late}
            if list(states.values()).count("CANCELLED") == len(late) - 1:
                return [run for run in late if states[run] != "CANCELLED"]
            time.sleep(0.5)
        pytest.fail(f"After {seconds} s the late runs are {states}")
        return None

    def places_taken(self):
        """Return how many runs the server believes to be at work."""
        wanted = {"deployments": {"id": {"any_": [self.deployment["id"]]}}}
        (now,) = self.ask("deployments/filter", wanted)
        return now["global_concurrency_limit"]["active_slots"]


@contextmanager
def listening():
    """A webhook on loopback: its address, and what was sent to it."""
    told = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}/hook", told
    finally:
        listener.shutdown()


def told_of(told, run, seconds=90):
    """Wait until the webhook was told of a run, and return everything it was told of it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := [each for each in told if run in each["flow_run"]]:
            return found
        time.sleep(0.2)
    pytest.fail(f"Nobody was told of {run} in {seconds} s, only {told}")
    return None
