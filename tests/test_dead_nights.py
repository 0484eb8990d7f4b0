"""Killed, stopped or away: no night may block the next one, and none may pile up."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nightly_for_tests import ENDED, Night
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_server import ROOT
from test_reliability import processes_with

from flows.nightly import NightlyKnobs, set_up

CRASHED_AFTER = 35  # seconds; the least that a heartbeat every 30 s allows


@pytest.fixture(scope="module")
def night(prefect_server, tmp_path_factory):
    """Everything set up and no worker."""
    folder = tmp_path_factory.mktemp("dead-nights")
    with temporary_settings({PREFECT_API_URL: prefect_server.environment["PREFECT_API_URL"]}):
        set_up(NightlyKnobs(crashed_after=CRASHED_AFTER), prefect_server.environment)
    return Night(prefect_server, folder)


@contextmanager
def worker(night, *options):
    """A worker of its own session; whatever is left of it at the end is killed."""
    mark = str(night.folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "digits", *options],
        cwd=ROOT,
        env=night.server.environment | {"RELIABILITY_TEST": mark},
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
    """What a power failure does to a worker and its run."""
    for pid in processes_with(mark):
        os.kill(pid, signal.SIGKILL)


def begin_run(night):
    """Let a run get to work and return its id; it holds the only place."""
    run = night.add_run()
    night.wait(run, ("RUNNING",))
    return run


def test_a_worker_and_its_run_killed_at_work_are_closed_as_crashed(night):
    with worker(night):
        run = begin_run(night)
        kill_all(str(night.folder))
    state = night.wait(run, ENDED, seconds=CRASHED_AFTER + 60)
    assert state["type"] == "CRASHED"
    assert "No heartbeat" in state["message"]


def test_a_worker_that_is_told_to_stop_leaves_no_run_at_work_for_ever(night):
    with worker(night) as process:
        run = begin_run(night)
        process.terminate()
        process.wait(60)
    state = night.wait(run, ENDED, seconds=CRASHED_AFTER + 60)
    assert state["type"] in {"COMPLETED", "CRASHED"}


def test_days_without_a_worker_do_not_pile_up(night):
    """Also the proof that the dead runs of the tests before hold no place."""
    today = datetime.now(UTC)
    late = [night.add_run(due=today - timedelta(days=days)) for days in (4, 3, 2, 1)]
    with worker(night, "--run-once") as process:
        process.wait(240)
    states = [night.wait(run, ENDED, seconds=60)["type"] for run in late]
    assert sorted(states) == ["CANCELLED"] * 3 + ["COMPLETED"]
    assert list(Path(night.knobs["output_dir"]).glob("*/report.html"))
