"""The nights on this machine: a real server, a real deployment, a real worker."""

import json
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from nightly_for_tests import ENDED, Night, nights
from prefect_server import ROOT, clean_environment, run_module
from test_full_run import STAGES
from test_reliability import processes_with

from flows.deployment import DeploymentError, check_schedules

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
    deployment = night.deployment["id"]
    due = datetime.now(UTC) + timedelta(seconds=8)
    night.server.ask(
        f"deployments/{deployment}/schedules",
        [
            {
                "schedule": {"interval": 86_400, "anchor_date": due.isoformat()},
                "active": True,
                "parameters": {"config": night.knobs},
            }
        ],
    )
    # what the server's scheduler does once a minute, now
    night.server.ask(f"deployments/{deployment}/schedule", {})
    coming = [r for r in night.runs(state={"type": {"any_": ["SCHEDULED"]}}) if r["auto_scheduled"]]
    run = min(coming, key=lambda each: each["expected_start_time"])["id"]
    state = night.wait(run, ENDED)
    assert state["type"] == "COMPLETED", state
    published = {a["key"] for a in night.server.artifacts() if a["flow_run_id"] == run}
    assert set(STAGES) <= published
    assert list((night.folder / "outputs").glob("*/report.html"))
    times = {datetime.fromisoformat(r["expected_start_time"]) for r in coming}
    nights = {each for each in times if each.astimezone(ZoneInfo("Europe/Berlin")).hour == 2}
    assert len({each.date() for each in nights}) >= 3


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


@pytest.mark.parametrize(
    ("cron", "timezone", "said"),
    [
        ("every night", "Europe/Berlin", "'every night'"),
        ("15 25 * * *", "Europe/Berlin", "'15 25 \\* \\* \\*'"),
        ("15 2 * * *", "Europe/Berlino", "'Europe/Berlino'"),
    ],
)
def test_a_schedule_that_is_none_is_a_plain_error(cron, timezone, said, tmp_path):
    path = tmp_path / "prefect.yaml"
    text = (ROOT / "prefect.yaml").read_text()
    text = text.replace("15 2 * * *", cron).replace("Europe/Berlin", timezone)
    path.write_text(text)
    with pytest.raises(DeploymentError, match=f"Asked for the schedule {said}.*Nothing was"):
        check_schedules(path)


def test_the_schedule_of_the_project_is_one():
    assert check_schedules(ROOT / "prefect.yaml") == ("15 2 * * * in Europe/Berlin",)


@pytest.mark.parametrize("broken", ["deployments: [", "just a text"])
def test_a_damaged_prefect_yaml_is_told(broken, tmp_path):
    (tmp_path / "prefect.yaml").write_text(broken)
    with pytest.raises(DeploymentError, match=r"(?s)prefect.yaml; .*Correct the file"):
        check_schedules(tmp_path / "prefect.yaml")


def test_a_server_that_is_named_and_does_not_answer_is_a_plain_error(tmp_path):
    environment = clean_environment(tmp_path) | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = run_module("flows.nightly", environment=environment)
    assert done.returncode == 3
    assert "PREFECT_API_URL names the Prefect server http://127.0.0.1:9/api" in done.stderr
    assert "Traceback" not in done.stderr
