"""A run that Prefect's setting tells to use no stored result: said why, planned, still stored."""

import pytest
from prefect.settings import PREFECT_TASKS_REFRESH_CACHE, temporary_settings

from engine.cache.reuse import REFRESHED, examine
from engine.run.ahead import Forecast
from engine.run.display import PlainLines
from engine.run.plan import tell_plan
from engine.run.reasons import Reasons
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from tests.support.toy_steps import declare


@pytest.fixture
def step(store):
    """A workflow whose every result is stored."""
    workflow = Workflow()
    declare(workflow)
    Steps(workflow.steps, display=PlainLines(lambda _: None)).run()
    return workflow


@pytest.fixture
def refreshing():
    with temporary_settings({PREFECT_TASKS_REFRESH_CACHE: True}):
        yield


def planned(workflow, **how):
    said = []
    tell_plan(workflow.steps, say=said.append, **how)
    return said


def test_without_the_setting_a_plan_reuses_everything(step):
    assert all(line.endswith(": reused") for line in planned(step)[:-1])
    assert planned(step)[-1] == "\n0 of 5 steps would run."


def test_a_plan_says_that_every_step_runs_why_and_how_long_the_same_work_took(step, refreshing):
    *lines, last = planned(step)
    assert len(lines) == 5
    assert all(line.endswith(f"({REFRESHED})") and "would run, about" in line for line in lines)
    assert last.startswith("\n5 of 5 steps would run and take about ")


def test_each_step_that_runs_says_the_setting_as_its_reason(step, refreshing):
    first = step.steps[0]
    found = examine(first.label, first.task, *first.args)
    assert (found.state, found.is_reused) == ("stored", False)
    assert str(Reasons().of(first, found)) == REFRESHED


def test_a_forecast_counts_the_steps_that_run_although_they_are_stored(step, refreshing):
    ahead = Forecast(step.steps).ahead({}, set())
    assert (ahead.seconds, ahead.is_whole) != (0.0, True)


def test_a_part_of_a_refreshed_run_takes_what_was_not_selected_from_the_store(step, refreshing):
    *lines, _ = planned(step, selected={step.steps[-1]})
    assert [line.rpartition(": ")[2] for line in lines[:-1]] == ["reused"] * (len(lines) - 1)


def test_a_plan_of_work_that_never_ran_says_that_its_time_is_unknown(step):
    other = Workflow()
    declare(other, "quite another text of more words")
    *lines, last = planned(other)
    assert "about" not in lines[0]
    assert (
        last == "\n5 of 5 steps would run; how long is unknown: no earlier run did the same work."
    )
