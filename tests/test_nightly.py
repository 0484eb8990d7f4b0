"""The deployment of prefect.yaml, on a real server and with a real worker."""

import json
import subprocess
import sys

import pytest
from prefect_server import ROOT, clean_environment, run_module
from test_full_run import STAGES

from flows.deployment import DeploymentError, check_schedules


def prefect(server, *arguments, **settings):
    return subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        cwd=ROOT,
        env=server.environment | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )


@pytest.fixture(scope="module")
def deployment(prefect_server):
    """The deployment `nightly`, deployed twice: the second time must change nothing."""
    prefect(prefect_server, "work-pool", "create", "digits", "--type", "process")
    for _ in range(2):
        prefect(prefect_server, "--no-prompt", "deploy", "--all")
    (found,) = prefect_server.ask("deployments/filter")
    return found


def test_the_nightly_deployment_pins_mnist_and_requires_the_goal(deployment):
    assert deployment["parameters"] == {"config": {"dataset": "mnist_784", "require_goal": True}}
    (schedule,) = deployment["schedules"]
    assert schedule["active"]
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_a_worker_picks_a_run_up_and_publishes_every_stage(deployment, prefect_server, tmp_path):
    knobs = {
        "dataset": "digits",
        "candidates": ["sgd"],
        "store_dir": str(tmp_path / "data"),
        "output_dir": str(tmp_path / "outputs"),
    }
    created = prefect_server.ask(
        f"deployments/{deployment['id']}/create_flow_run", {"parameters": {"config": knobs}}
    )
    prefect(prefect_server, "worker", "start", "--pool", "digits", "--run-once")
    run = next(r for r in prefect_server.flow_runs() if r["id"] == created["id"])
    assert run["state"]["type"] == "COMPLETED", json.dumps(run["state"])
    published = {a["key"] for a in prefect_server.artifacts() if a["flow_run_id"] == created["id"]}
    assert set(STAGES) <= published
    assert list((tmp_path / "outputs").glob("*/report.html"))


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
