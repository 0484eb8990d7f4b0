"""The nights on this machine: a real server, a real deployment, a real worker."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from prefect_server import ROOT
from test_full_run import STAGES
from test_reliability import processes_with

CRASHED_AFTER = 35  # seconds; the least that a heartbeat every 30 s allows


@pytest.fixture(scope="module")
def webhook():
    """A webhook on loopback and the texts that were sent to it."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}/hook", told
    listener.shutdown()


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


@pytest.fixture(scope="module")
def night(prefect_server, webhook, tmp_path_factory):
    """The nightly command at work, started for the second time: the first must leave one each."""
    folder = tmp_path_factory.mktemp("nights")
    environment = prefect_server.environment | {"RELIABILITY_TEST": str(folder)}
    knobs = (f"--webhook={webhook[0]}", f"--crashed-after={CRASHED_AFTER}")
    with nights(environment, *knobs):
        pass
    assert processes_with(str(folder)) == []
    with nights(environment, *knobs):
        yield Night(prefect_server, folder)
    assert processes_with(str(folder)) == []


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


def test_the_command_started_twice_leaves_one_of_each(night):
    server, deployment = night.server, night.deployment
    names = [each["name"] for each in server.ask("automations/filter")]
    assert len(names) == len(set(names)) == 2
    assert [pool["name"] for pool in server.ask("work_pools/filter")] == ["digits"]
    assert deployment["parameters"] == {"config": {"dataset": "mnist_784", "require_goal": True}}
    assert {"nightly", "digits"} == set(deployment["tags"])
    (schedule,) = deployment["schedules"]
    assert schedule["active"]
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_a_schedule_comes_due_and_the_next_nights_are_scheduled(night):
    due = datetime.now(UTC) + timedelta(seconds=3)
    interval = {"interval": 86_400, "anchor_date": due.isoformat()}
    (made,) = night.server.ask(
        f"deployments/{night.deployment['id']}/schedules",
        [{"schedule": interval, "active": True, "parameters": {"config": night.knobs}}],
    )
    run = None
    end = time.monotonic() + 90
    while run is None and time.monotonic() < end:
        found = night.runs(deployment_id={"any_": [night.deployment["id"]]})
        run = next((r["id"] for r in found if r["state"]["type"] != "SCHEDULED"), None)
        time.sleep(0.5)
    assert night.wait(run, ENDED)["type"] == "COMPLETED"
    (started,) = night.runs(id={"any_": [run]})
    assert started["auto_scheduled"]
    published = {a["key"] for a in night.server.artifacts() if a["flow_run_id"] == run}
    assert set(STAGES) <= published
    assert list((night.folder / "outputs").glob("*/report.html"))
    coming = [r for r in night.runs(state={"type": {"any_": ["SCHEDULED"]}}) if r["auto_scheduled"]]
    berlin = {r["expected_start_time"][11:16] for r in coming} - {f"{due:%H:%M}"}
    assert berlin <= {"00:15", "01:15"}  # 2:15 in Berlin, as UTC, in summer and in winter
    assert len(coming) >= 3
    night.server.ask(f"deployments/{night.deployment['id']}/set_schedule_inactive")
    assert made["id"]


def test_a_missed_goal_fails_by_name_and_somebody_is_told(night, webhook):
    run = night.add_run(goal=0.999, require_goal=True)
    state = night.wait(run, ENDED)
    assert (state["type"], state["name"]) == ("FAILED", "GoalMissed")
    end = time.monotonic() + 60
    while not webhook[1] and time.monotonic() < end:
        time.sleep(0.2)
    (told,) = webhook[1]
    assert told["state"] == "GoalMissed"
    assert "99.9% missed: accuracy" in told["text"]
    assert run in told["flow_run"]
