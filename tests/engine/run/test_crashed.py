"""Runs whose process is gone are found by their locks, and closed once."""

import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest
from prefect import flow

from engine.run import crashed
from engine.store.location import store_at
from engine.store.marks import STORE, take_folder

RUN = UUID("0f8a4c1e-5b7d-4e21-9a66-3c2d1b0a9f87")
# as an earlier version wrote it: a sealed note beside an empty lock
NOTE = """{
 "seal": "e9df56a4a5e76af61735007b201802968c2c9b2b269f3422fd4e47e4cd1b7700",
 "content": {
  "flow_run_id": "0f8a4c1e-5b7d-4e21-9a66-3c2d1b0a9f87",
  "pid": 4711
 }
}
"""
REGISTERING = """
import sys; from pathlib import Path; from uuid import UUID
from engine.run.crashed import register_run
register_run(Path(sys.argv[1]), UUID(sys.argv[2])); print("there", flush=True); sys.stdin.read()
"""


@pytest.fixture
def closed(monkeypatch):
    """The flow runs that were closed; Prefect is not asked."""
    runs = []
    monkeypatch.setattr(crashed, "_close", lambda run, _: runs.append(run) or True)
    return runs


@contextmanager
def registered_elsewhere(store):
    """Another process at work in a store, for the block."""
    command = [sys.executable, "-c", REGISTERING, str(store), str(RUN)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "there\n"
            yield process
        finally:
            process.kill()


def test_a_run_is_closed_when_its_process_was_killed_and_not_before(tmp_path, closed):
    said = []
    with store_at(tmp_path) as store:
        with registered_elsewhere(store) as process:
            assert crashed.close_dead_runs(store, say=said.append) == 0
            process.kill()
            process.wait()
            assert crashed.close_dead_runs(store, say=said.append) == 1
        assert closed == [RUN]
        assert said == [f"the run {RUN} of process {process.pid} was killed; closed as Crashed"]
        assert crashed.close_dead_runs(store, say=said.append) == 0
        assert list((store / "running").iterdir()) == []


def test_a_run_that_an_earlier_version_noted_is_closed_and_its_note_is_gone(tmp_path, closed):
    said = []
    with store_at(tmp_path) as store:
        (store / "running").mkdir()
        (store / "running" / f"{RUN}.lock").touch()
        (store / "running" / f"{RUN}.json").write_text(NOTE)
        assert crashed.close_dead_runs(store, say=said.append) == 1
        assert closed == [RUN]
        assert said == [f"the run {RUN} was killed; closed as Crashed"]
        assert list((store / "running").iterdir()) == []


def test_a_run_that_has_not_yet_its_lock_is_let_be(tmp_path, closed):
    with store_at(tmp_path) as store:
        (store / "running").mkdir()
        (store / "running" / f"{RUN}.lock").touch()
        assert crashed.close_dead_runs(store, say=print) == 0
        assert closed == []


def test_a_process_that_is_stopped_closes_its_own_runs_alone(tmp_path, closed, monkeypatch):
    monkeypatch.setattr(crashed, "_HELD", {})
    with store_at(tmp_path) as store:
        crashed.register_run(store, RUN)
        (store / "running" / f"{UUID(int=1)}.lock").write_text(str(os.getpid()))
        crashed.close_own_runs()
    assert closed == [RUN]


@pytest.mark.parametrize("is_store", [True, False])
def test_a_run_is_noted_in_its_store_before_prefect_runs_it(tmp_path, monkeypatch, is_store):
    """A kill may come at any moment; where there is no store, none is made."""

    class Client:
        def create_flow_run(self, _, parameters):
            assert parameters == {"number": 3}
            return SimpleNamespace(id=UUID(int=7))

    def run_flow(_, run, values, return_type):
        assert (run.id, values, return_type) == (UUID(int=7), {"number": 3}, "state")
        assert (tmp_path / "running" / f"{run.id}.lock").is_file() == is_store
        return "ended"

    @contextmanager
    def client_of_this_run():
        yield SimpleNamespace(client=Client())

    if is_store:
        take_folder(tmp_path, STORE)
    monkeypatch.setattr(crashed, "_HELD", {})
    monkeypatch.setattr(crashed, "run_flow", run_flow)
    monkeypatch.setattr(crashed.SyncClientContext, "get_or_create", client_of_this_run)
    count = flow(lambda number: number, name="count")
    assert crashed.run_noted(count, (3,), tmp_path) == "ended"
    for held in crashed._HELD.values():
        os.close(held)
