"""The nightly command, its deployment and its runs, for tests on a real server."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread

import pytest
from prefect_server import ROOT


@contextmanager
def nights(environment, *knobs):
    """Run the nightly command until the block ends, then press Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "flows.nightly", *knobs],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one thread
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "The worker follows" in line:
            break
    else:
        pytest.fail("".join(said))
    Thread(target=lambda: said.extend(process.stdout), daemon=True).start()
    try:
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode == 0, "".join(said)


class Night:
    """The deployment on the server, and a store for its runs."""

    def __init__(self, server, folder):
        self.server = server
        (self.deployment,) = server.ask("deployments/filter")
        self.folder = folder
        self.knobs = {
            "dataset": "digits",
            "candidates": ["sgd"],
            "shift": 0,
            "store_dir": str(folder / "data"),
            "output_dir": str(folder / "outputs"),
        }

    def add_run(self, *, due=None, **knobs):
        """Schedule a run and return its id."""
        scheduled = {"scheduled_time": (due or datetime.now(UTC)).isoformat()}
        created = self.server.ask(
            f"deployments/{self.deployment['id']}/create_flow_run",
            {
                "parameters": {"config": self.knobs | knobs},
                "state": {"type": "SCHEDULED", "state_details": scheduled},
            },
        )
        return created["id"]

    def runs(self, **conditions):
        filters = {"flow_runs": conditions, "limit": 200}
        return self.server.ask("flow_runs/filter", filters)

    def state(self, run):
        (found,) = self.runs(id={"any_": [run]})
        return found["state"]

    def wait(self, run, wanted, seconds=240):
        """Wait until the state's type is one of those wanted, and return the state."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.state(run)
            if state["type"] in wanted:
                return state
            time.sleep(0.3)
        pytest.fail(f"{run} is {state} after {seconds} s")
        return None


ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
