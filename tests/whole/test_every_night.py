"""The nights on this machine, as one story: a real server, deployment, worker and webhook.

The tests follow each other: the place that a dead run held is needed by the night after it.
"""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from unittest.mock import AsyncMock
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

import pytest
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker

from engine.store.location import store_at
from flows.nightly import deployment
from flows.stages.monitoring import read_history
from tasks.champion.store import read_champion
from tests.support.nightly_for_tests import ENDED, Night, listening, nights, told_of, worker
from tests.support.prefect_server import PrefectServer, clean_environment, free_port, run_module
from tests.support.runs import STAGES
from tests.support.small_runs import processes_with

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
    make_as_earlier(prefect_server)
    with nights(prefect_server.environment, folder, *knobs) as second:
        yield second


def make_as_earlier(server):
    """Let work pool and deployment be as an earlier version of this project had them."""
    template = {"base_job_template": ProcessWorker.get_default_base_job_template()}
    server.ask("work_pools/digits", template, "PATCH")
    (made,) = server.ask("deployments/filter", {"deployments": {"name": {"any_": ["nightly"]}}})
    variables = {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}}
    server.ask(f"deployments/{made['id']}", {"job_variables": variables}, "PATCH")


@pytest.fixture(scope="module")
def night(command, prefect_server):
    """What the command has deployed."""
    return Night(prefect_server, Path(command.mark))


@pytest.mark.slow
def test_the_command_started_twice_leaves_one_of_each(night):
    names = [each["name"] for each in night.server.ask("automations/filter")]
    assert len(names) == len(set(names)) == 3
    pools = [pool["name"] for pool in night.server.ask("work_pools/filter")]
    assert pools.count("digits") == 1
    made = night.deployment
    assert made["parameters"] == {"config": {"dataset": "mnist_784", "require_goal": True}}
    assert {"nightly", "digits"} == set(made["tags"])
    (schedule,) = made["schedules"]
    assert schedule["active"]
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert made["global_concurrency_limit"]["limit"] == 1
    assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"command": "touch {}"},
        {"env": {"PYTHONPATH": "{}"}},
        {"env.PYTHONPATH": "{}"},
        {"working_dir": "{}"},
        {"name": "{}"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_even_with_the_secret_no_run_chooses_how_it_is_started(variables, night):
    path = f"deployments/{night.deployment['id']}/create_flow_run"
    with pytest.raises(HTTPError) as refused:
        night.server.ask(path, {"job_variables": variables})
    assert refused.value.code == HTTPStatus.UNPROCESSABLE_ENTITY
    values = json.loads(json.dumps(variables).replace("{}", str(night.folder)))
    taken = ProcessJobConfiguration.from_template_and_values(
        deployment.TEMPLATE, values, client=AsyncMock()
    )
    found = asyncio.run(taken)  # a worker would take it like this
    assert (found.command, found.env, found.working_dir, found.name) == (None, {}, None, None)
    assert night.deployment["job_variables"] == {}


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_missed_goal_fails_by_name_and_somebody_is_told(night, webhook):
    run = night.add_run(goal=0.999, require_goal=True)
    state = night.wait(run)
    assert (state["type"], state["name"]) == ("FAILED", "GoalMissed")
    told = told_of(webhook[1], run)[0]  # Prefect may call twice, if its database was busy
    assert told["state"] == "GoalMissed"
    assert "99.9% missed: accuracy" in told["text"]


@pytest.mark.slow
def test_a_winner_that_is_refused_does_not_fail_the_night_and_somebody_is_told(night, webhook):
    run = night.add_run(goal=0.999, require_goal=False)
    state = night.wait(run)
    assert (state["type"], state["name"]) == ("COMPLETED", "NotPromoted")
    told = told_of(webhook[1], run)[0]
    assert told["state"] == "NotPromoted"
    assert "Refused: The goal of 99.9% was missed" in told["text"]


@pytest.mark.slow
def test_two_problems_on_one_server_and_in_one_store_do_not_mix(night):
    """Both deployments are due at once: their runs wait for each other's store."""
    spam = Night(night.server, night.folder, "spam-nightly", dataset="made-mail", goal=0.9)
    runs = {"spam+made-mail": spam.add_run(), "digits": night.add_run(goal=0.5)}
    for run in runs.values():
        assert night.wait(run)["type"] == "COMPLETED"
    artifacts = night.server.artifacts()
    keys = [{each["key"] for each in artifacts if each["flow_run_id"] == r} for r in runs.values()]
    assert all(keys)
    assert keys[0] & keys[1] == set()
    with store_at(night.folder / "data"):
        for dataset, run in runs.items():
            assert read_champion(dataset).dataset_name == dataset
            found = read_history((dataset,)).entries
            assert run in {each.run_id for each in found}
            assert {each.figures.dataset_name for each in found} == {dataset}


@pytest.fixture(scope="module")
def killed(night, command):
    """A run that was killed at work, and its worker with it."""
    run = night.begin_run()
    frequencies = {frequency_of(pid) for pid in processes_with(command.mark)}
    assert "30" in frequencies  # seconds; what the automation counts on
    command.kill_all_but_itself()
    assert command.process.wait(120) == 3
    return run


@pytest.mark.slow
def test_a_run_killed_with_its_worker_crashes_and_gives_its_place_up(night, killed, webhook):
    state = night.wait(killed)
    assert state["type"] == "CRASHED"
    assert state["message"] == f"No heartbeat for {CRASHED_AFTER} s: its process is gone."
    assert night.places_taken() == 0
    told = told_of(webhook[1], killed)[0]
    assert told["state"] == "Crashed"


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_secret_is_in_no_file_but_its_own_and_in_no_output(night, killed, command):
    password = night.server.secret.removeprefix("digits:").encode()
    home = Path(night.server.environment["PREFECT_HOME"])
    files = [
        path for folder in (home, night.folder) for path in folder.rglob("*") if path.is_file()
    ]
    assert {"prefect.db", "server.log", "report.html"} <= {path.name for path in files}
    telling = {path for path in files if password in path.read_bytes()}
    assert telling == {home / "digits-server-secret"}
    assert password.decode() not in "".join(command.said)


@pytest.mark.slow
def test_ctrl_c_as_the_server_starts_leaves_no_process_behind(tmp_path):
    home = clean_environment(tmp_path / "home")
    with nights(home, tmp_path, *own_server(tmp_path), until="server: starting one") as command:
        assert command.press_ctrl_c() == 0, "".join(command.said)
        assert processes_with(command.mark) == []


@pytest.mark.slow
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


def test_a_port_that_something_else_uses_is_a_plain_error(tmp_path):
    """It may be a server of another user: it is not asked, and is not told the secret."""
    with listening() as (url, told):
        port = url.split(":")[2].split("/")[0]
        for module in ("flows.nightly", "flows.ui"):
            done = run_module(module, f"--port={port}", environment=clean_environment(tmp_path))
            assert done.returncode == 3
            assert f"Asked for a Prefect server at port {port}" in done.stderr
            assert "Traceback" not in done.stderr
    assert told == []


@pytest.mark.slow
def test_the_ui_is_served_until_ctrl_c_and_a_second_command_says_where_it_is(tmp_path):
    environment, port = clean_environment(tmp_path / "home"), f"--port={free_port()}"
    with nights(environment, tmp_path, port, until="To see every", module="flows.ui") as command:
        assert "flows.server_secret" in command.said[-1]
        assert run_module("flows.server_secret", environment=environment).stdout.strip() not in (
            "".join(command.said)
        )
        again = run_module("flows.ui", port, environment=environment)
        assert (again.returncode, "It is there already" in again.stdout) == (0, True)
        assert command.press_ctrl_c() == 0, "".join(command.said)
        assert processes_with(command.mark) == []


def frequency_of(pid):
    """Return the seconds between the signs of life that a flow run's process was asked for."""
    try:
        found = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    except OSError:  # it has ended
        return None
    named = dict(each.split("=", 1) for each in found if "=" in each)
    return (
        named.get("PREFECT_FLOWS_HEARTBEAT_FREQUENCY") if "PREFECT__FLOW_RUN_ID" in named else None
    )


def own_server(folder):
    """Return the knobs of a command that starts a server for itself."""
    return f"--port={free_port()}", f"--server-log={folder / 'server.log'}"
