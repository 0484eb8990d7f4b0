"""Prefect's server goes away before or in the middle of a run."""

import os
import signal
import subprocess
import sys

import pytest

from engine.server import loss as server_loss
from engine.server.loss import ServerLost, wait_for_server
from tests.support.prefect_server import ROOT, clean_environment, free_port, running_server
from tests.support.small_runs import (
    QUICK,
    computed_in,
    facts_of,
    finish,
    new_folders,
    processes_with,
    start,
    wait_for_line,
)

LOST = "Prefect servers lost in the middle of a run"
IMPATIENT, PATIENT = "--server-patience=3", "--server-patience=600"
AWAY = "Prefect servers that were away for a while"


def kill_whole(server):
    os.killpg(server.pid, signal.SIGKILL)


def state_of(server, run_id):
    return next(run for run in server.flow_runs() if run["id"] == run_id)["state"]["type"]


def test_a_server_that_does_not_answer_before_a_run_is_a_plain_error(tmp_path, count):
    count("Prefect servers lost before a run", tried=1)
    nowhere = {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"}
    folders = new_folders(tmp_path)
    process = start(clean_environment(tmp_path) | nowhere, folders)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "does not answer" in err
    assert "make ui" in err
    assert "Traceback" not in err
    assert [path.name for path in folders[0].iterdir()] == ["digits-store.json"]  # its mark alone
    count("Prefect servers lost before a run", held=1)


@pytest.mark.slow
def test_a_run_whose_server_is_lost_keeps_everything_and_the_next_one_publishes_it(tmp_path, count):
    folders, home, port = new_folders(tmp_path), tmp_path / "home", free_port()
    home.mkdir()
    count(LOST, tried=1)
    with running_server(home, port) as server:
        process = start(server, folders, *QUICK, IMPATIENT)
        wait_for_line(process, "augment")
        kill_whole(server)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 3, err + out
    assert "was lost during the run" in err
    assert "Traceback" not in err
    assert "Error logging" not in err
    lost = facts_of(folders)
    assert "Goal of 97.0%" in out
    assert "Stopped" not in next(folders[1].glob("*/report.html")).read_text()
    with running_server(home, port) as server:
        out = finish(start(server, folders, *QUICK))
        assert computed_in(out) == []
        assert f"the run {lost['run']} of process {process.pid} was killed" in out
        assert state_of(server, lost["run"]) == "CRASHED"
        again = facts_of(folders)
        assert again["prediction_sha256"] == lost["prediction_sha256"]
        assert state_of(server, again["run"]) == "COMPLETED"
        assert any(a["flow_run_id"] == again["run"] for a in server.artifacts())
    count(LOST, held=1)


@pytest.mark.slow
def test_a_server_that_comes_back_in_time_gets_everything(tmp_path, count):
    folders, home, port = new_folders(tmp_path), tmp_path / "home", free_port()
    home.mkdir()
    count(AWAY, tried=1)
    with running_server(home, port) as server:
        process = start(server, folders, *QUICK, PATIENT)
        wait_for_line(process, "augment")
        kill_whole(server)
    with running_server(home, port) as server:
        finish(process)
        run_id = facts_of(folders)["run"]
        assert state_of(server, run_id) == "COMPLETED"
        assert any(a["flow_run_id"] == run_id for a in server.artifacts())
    count(AWAY, held=1)


@pytest.mark.thorough
def test_a_server_that_hangs_does_not_hold_a_run_for_ever(tmp_path, count):
    folders, home = new_folders(tmp_path), tmp_path / "home"
    home.mkdir()
    count(LOST, tried=1)
    with running_server(home) as server:
        process = start(server, folders, *QUICK, IMPATIENT)
        wait_for_line(process, "augment")
        os.killpg(server.pid, signal.SIGSTOP)
        try:
            out, err = process.communicate(timeout=600)
        finally:
            os.killpg(server.pid, signal.SIGCONT)
        assert process.returncode == 3, err + out
        assert "was lost during the run" in err
        assert computed_in(finish(start(server, folders, *QUICK))) == []
    count(LOST, held=1)


@pytest.mark.thorough
def test_a_run_that_loses_its_own_server_keeps_everything(tmp_path, count):
    """Without PREFECT_API_URL, Prefect starts a server for the run; here that one is killed."""
    folders = new_folders(tmp_path)
    environment = clean_environment(tmp_path / "home") | {"RELIABILITY_TEST": str(tmp_path)}
    count(LOST, tried=1)
    process = start(environment, folders, *QUICK, IMPATIENT)
    wait_for_line(process, "augment")
    for pid in set(processes_with(str(tmp_path))) - {process.pid}:
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, err + out
    assert computed_in(finish(start(environment, folders, *QUICK))) == []
    count(LOST, held=1)


def test_a_server_that_answers_after_a_while_is_waited_for(monkeypatch):
    answers = iter(["refused", "refused", None])
    monkeypatch.setattr(server_loss, "server_problem", lambda: next(answers))
    monkeypatch.setattr(server_loss, "POLL_SECONDS", 0)
    said = []
    wait_for_server(60, say=said.append)
    assert len(said) == 1
    assert next(answers, "all asked") == "all asked"


def test_a_server_that_stays_away_is_an_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(server_loss, "server_problem", lambda: "refused")
    monkeypatch.setattr(server_loss, "POLL_SECONDS", 0)
    with pytest.raises(ServerLost, match=r"refused.*start the server again"):
        wait_for_server(0.01, say=lambda _: None)


def test_a_process_ends_although_something_still_waits_for_a_server():
    """Prefect's own wait stands at the same place: before the interpreter's last words."""
    program = (
        "import threading, time\n"
        "from engine.run import exit\n"
        "exit.GRACE_SECONDS = 0.2\n"
        "threading._register_atexit(time.sleep, 3600)\n"
        "print('said', end='')\n"
        "exit.leave(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "said")
