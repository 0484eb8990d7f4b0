"""When the nights come due; what is wrong with a schedule or a server's address is told early."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

from flows.nightly.deployment import DeploymentError, check_schedules
from tests.support.prefect_server import ROOT, clean_environment, run_module


@pytest.mark.parametrize(
    ("cron", "timezone", "said"),
    [
        ("every night", "Europe/Berlin", "'every night'"),
        ("15 25 * * *", "Europe/Berlin", "'15 25 \\* \\* \\*'"),
        ("15 2 * * *", "Europe/Berlino", "'Europe/Berlino'"),
        ("", "Europe/Berlin", "''"),
    ],
)
def test_a_schedule_that_is_none_is_a_plain_error(cron, timezone, said, tmp_path):
    path = tmp_path / "prefect.yaml"
    text = (ROOT / "prefect.yaml").read_text()
    text = text.replace("15 2 * * *", cron).replace("Europe/Berlin", timezone)
    path.write_text(text)
    with pytest.raises(DeploymentError, match=f"Asked for the schedule {said}.*Nothing was"):
        check_schedules(path)


def test_the_schedules_of_the_project_are_valid():
    assert check_schedules(ROOT / "prefect.yaml") == (
        "15 2 * * * in Europe/Berlin",
        "*/5 * * * * in UTC (not active)",
        "45 2 * * * in Europe/Berlin",
    )


@pytest.mark.parametrize("changed", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize(("place", "at"), [(0, time(2, 15)), (2, time(2, 45))])
def test_each_night_comes_due_once_even_when_the_clock_is_changed(changed, place, at):
    """By PEP 495, 2:15 is the first of two, and if there is none, 2:15 of the clock before."""
    deployment = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"][place]
    (schedule,) = deployment["schedules"]
    server = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    due = [
        datetime.combine(changed + timedelta(days), at, ZoneInfo("Europe/Berlin"))
        for days in range(-2, 5)
    ]
    nights = sorted(each.astimezone(UTC) for each in due)
    midnight = datetime.combine(changed, time(), UTC)
    for minutes in range(-24 * 60, 24 * 60, 5):
        now = midnight + timedelta(minutes=minutes)
        coming = asyncio.run(server.get_dates(3, start=now))
        assert [each.astimezone(UTC) for each in coming] == [n for n in nights if n >= now][:3]


def test_a_schedule_that_is_not_active_is_said_to_be_so(tmp_path):
    path = tmp_path / "prefect.yaml"
    path.write_text((ROOT / "prefect.yaml").read_text().replace("active: true", "active: false"))
    assert check_schedules(path)[0] == "15 2 * * * in Europe/Berlin (not active)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("deployments: nightly", "deployments"),
        ("deployments: [nightly]", "deployments"),
        ("deployments: [{schedules: ['15 2 * * *']}]", "schedules"),
        ("deployments: [{schedules: 15 2 * * *}]", "schedules"),
    ],
)
def test_entries_without_names_are_told(text, name, tmp_path):
    path = tmp_path / "prefect.yaml"
    path.write_text(text)
    with pytest.raises(DeploymentError, match=rf"^Asked for the {name} in .*Nothing was deployed"):
        check_schedules(path)


def test_a_schedule_outside_the_list_is_told(tmp_path):
    path = tmp_path / "prefect.yaml"
    path.write_text("deployments: [{schedule: {cron: '15 2 * * *'}}]")
    with pytest.raises(DeploymentError, match=r"found one under `schedule`.*`schedules`"):
        check_schedules(path)


def test_another_kind_of_schedule_that_is_not_active_is_said_to_be_so(tmp_path):
    path = tmp_path / "prefect.yaml"
    path.write_text("deployments: [{schedules: [{interval: 3600, active: false}]}]")
    assert check_schedules(path) == ("by an interval or a rule (not active)",)


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
