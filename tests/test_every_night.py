"""The nights on this machine, as one story: a real server, deployment, worker and webhook.

The tests follow each other: the place that a dead run held is needed by the night after it.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from nightly_for_tests import ENDED, Night, listening, nights, told_of, worker
from prefect_server import PrefectServer, clean_environment, free_port
from small_runs import processes_with
from test_full_run import STAGES

CRASHED_AFTER = 45  # seconds; Prefect sends a heartbeat every 30 s at best, and a busy machine late


@pytest.fixture(scope="module")
def webhook():
    """A webhook on loopback."""
    with listening() as (url, told):
        yield url, told


@pytest.fixture(scope="module")
def command(prefect_server, webhook, tmp_path_factory):
    """The nightly command at work for the second time; the first ended as its worker began."""
    folder = tmp_path_factory.mktemp("nights")
    knobs = (f"--webhook={webhook[0]}", f"--crashed-after={CRASHED_AFTER}")
    with nights(prefect_server.environment, folder, *knobs) as first:
        assert first.press_ctrl_c() == 0, "".join(first.said)
        assert processes_with(str(folder)) == []
    with nights(prefect_server.environment, folder, *knobs) as second:
        yield second


@pytest.fixture(scope="module")
def night(command, prefect_server):
    """What the command has deployed."""
    return Night(prefect_server, Path(command.mark))


def test_the_command_started_twice_leaves_one_of_each(night):
    names = [each["name"] for each in night.server.ask("automations/filter")]
    assert len(names) == len(set(names)) == 3
    pools = [pool["name"] for pool in night.server.ask("work_pools/filter")]
    assert pools.count("digits") == 1
    deployment = night.deployment
    assert deployment["parameters"] == {"config": {"dataset": "mnist_784", "require_goal": True}}
    assert {"nightly", "digits"} == set(deployment["tags"])
    (schedule,) = deployment["schedules"]
    assert schedule["active"]
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_a_cron_comes_due_by_itself_and_the_next_nights_are_scheduled(night):
    run = night.add_cron()
    state = night.wait(run)
    assert state["type"] == "COMPLETED", state
    published = {a["key"] for a in night.server.artifacts() if a["flow_run_id"] == run}
    assert set(STAGES) <= published
    assert list((night.folder / "outputs").glob("*/report.html"))
    berlin = {each.astimezone(ZoneInfo("Europe/Berlin")) for each in night.coming()}
    at_night = {each.date() for each in berlin if (each.hour, each.minute) == (2, 15)}
    assert len(at_night) >= 3
    assert min(at_night) <= datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)


def test_a_missed_goal_fails_by_name_and_somebody_is_told(night, webhook):
    run = night.add_run(goal=0.999, require_goal=True)
    state = night.wait(run)
    assert (state["type"], state["name"]) == ("FAILED", "GoalMissed")
    told = told_of(webhook[1], run)[0]  # Prefect may call twice, if its database was busy
    assert told["state"] == "GoalMissed"
    assert "99.9% missed: accuracy" in told["text"]


def test_a_winner_that_is_refused_does_not_fail_the_night_and_somebody_is_told(night, webhook):
    run = night.add_run(goal=0.999, require_goal=False)
    state = night.wait(run)
    assert (state["type"], state["name"]) == ("COMPLETED", "NotPromoted")
    told = told_of(webhook[1], run)[0]
    assert told["state"] == "NotPromoted"
    assert "Refused: The goal of 99.9% was missed" in told["text"]


@pytest.fixture(scope="module")
def killed(night, command):
    """A run that was killed at work, and its worker with it."""
    run = night.begin_run()
    command.kill_all_but_itself()
    assert command.process.wait(120) == 3
    return run


def test_a_run_killed_with_its_worker_crashes_and_gives_its_place_up(night, killed, webhook):
    state = night.wait(killed)
    assert state["type"] == "CRASHED"
    assert state["message"] == f"No heartbeat for {CRASHED_AFTER} s: its process is gone."
    assert night.places_taken() == 0
    told = told_of(webhook[1], killed)[0]
    assert told["state"] == "Crashed"


def test_days_without_a_worker_do_not_pile_up_and_a_stopped_worker_ends_its_run(night, killed):
    night.wait(killed)  # the place must be free, or the server cancels all that is late
    today = datetime.now(UTC)
    late = [night.add_run(due=today - timedelta(days=days), n_splits=3) for days in (4, 3, 2, 1)]
    with worker(night) as process:
        (done,) = night.wait_for_cancelled(late)
        night.wait(done, ("RUNNING", *ENDED))  # before that, a worker that ends leaves it Pending
        process.terminate()
        state = night.wait(done)
    assert state["type"] in {"COMPLETED", "CRASHED"}
    assert night.places_taken() == 0


def test_ctrl_c_as_the_server_starts_leaves_no_process_behind(tmp_path):
    home = clean_environment(tmp_path / "home")
    with nights(home, tmp_path, *own_server(tmp_path), until="server: starting one") as command:
        assert command.press_ctrl_c() == 0, "".join(command.said)
        assert processes_with(command.mark) == []


def test_ctrl_c_in_mid_run_closes_the_run_and_leaves_no_process_behind(tmp_path):
    home = clean_environment(tmp_path / "home")
    knobs = own_server(tmp_path)
    with nights(home, tmp_path, *knobs) as command:
        url = f"http://127.0.0.1:{knobs[0].removeprefix('--port=')}"
        run = Night(PrefectServer(url, home, command.process.pid), tmp_path).begin_run()
        assert command.press_ctrl_c() == 0, "".join(command.said)
        assert processes_with(command.mark) == []
    with closing(sqlite3.connect(tmp_path / "home" / "prefect.db")) as database:
        states = database.execute("select state_type from flow_run where id = ?", [run]).fetchall()
    assert states == [("CRASHED",)]


def own_server(folder):
    """Return the knobs of a command that starts a server for itself."""
    return f"--port={free_port()}", f"--server-log={folder / 'server.log'}"
