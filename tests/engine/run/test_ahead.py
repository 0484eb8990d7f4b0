"""What a forecast says of the steps to come, against what then ran."""

import pytest

from engine.cache.reuse import remembered_seconds, result_path
from engine.cache.task import key_parts
from engine.run.ahead import Forecast
from engine.run.display import PlainLines
from engine.run.steps import Steps
from engine.run.workflow import Workflow, resolve
from tests.support.toy_steps import COUNT, declare


class Following(PlainLines):
    """Keeps what lies ahead as each step begins."""

    def __init__(self):
        super().__init__(lambda _: None)
        self.seen = {}

    def following(self, ahead):
        self._ahead = ahead
        return super().following(ahead)

    def at_work(self, place, expected_seconds):
        self.seen[place.label] = self._ahead()
        return super().at_work(place, expected_seconds)


def run(*asked, at_once=1):
    step, display = Workflow(), Following()
    declare(step, *asked)
    steps = Steps(step.steps, display=display, at_once=at_once)
    steps.run()
    return steps, display.seen


def test_in_a_first_run_nothing_is_known(store):
    _, seen = run("b a c", "#")
    assert [ahead.seconds for ahead in seen.values()] == [0.0] * 5
    assert [ahead.is_whole for ahead in seen.values()] == [False] * 4 + [True]


def parts_of(steps):
    """The key of each step of a run that has ended, by its label."""
    found = {}
    for step in steps._steps:
        args, kwargs = resolve((step.args, dict(step.kwargs)), steps.results)
        found[step.label] = key_parts(step.task, *args, **kwargs)
    return found


def test_a_step_whose_arguments_are_known_takes_as_long_as_the_same_work_took(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    parts = parts_of(run("b a c", "#")[0])
    first, second, third = list(parts)[:3]
    last_time = remembered_seconds(third, parts[third])
    assert last_time >= 0.05
    for label in (second, third):  # as if the code of the two had changed
        result_path(parts[label]).unlink()
    _, seen = run("b a c", "#")
    # the first is reused; with its result both know their arguments, and so does what follows
    assert seen[second].seconds == pytest.approx(last_time)
    assert seen[first].seconds == 0.0


def test_work_on_other_data_or_with_other_options_tells_no_time(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    run("b a c", "#")
    _, seen = run("b a c d e", "#")  # another count: everything runs
    assert {(ahead.seconds, ahead.is_whole) for ahead in list(seen.values())[:-1]} == {(0.0, False)}


def test_the_time_of_each_kind_of_work_is_kept_whatever_runs_between(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    small = parts_of(run("b a c", "#")[0])
    before = {label: remembered_seconds(label, parts) for label, parts in small.items()}
    assert min(before.values()) >= 0.05
    large = parts_of(run("b a c d e", "#")[0])
    run("b", "=")
    assert {label: remembered_seconds(label, parts) for label, parts in small.items()} == before
    run("b a c d e", "#")  # reused: what it once took stays
    assert all(remembered_seconds(label, parts) for label, parts in large.items())


def test_a_run_that_reuses_everything_has_no_time_ahead(store):
    run("b a c", "#")
    assert all(ahead.seconds == 0.0 for ahead in run("b a c", "#")[1].values())


def test_steps_beside_each_other_take_at_least_an_even_share(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    parts = parts_of(run("b a c", "#")[0])
    second, third = list(parts)[1:3]
    for label in (second, third):
        result_path(parts[label]).unlink()
    step = Workflow()
    declare(step, "b a c", "#")
    steps = Steps(step.steps, display=PlainLines(print), at_once=2)
    steps.run_one(step.steps[0])
    rest = sum(remembered_seconds(label, parts[label]) for label in (second, third))
    assert steps.ahead().seconds == pytest.approx(rest / 2)
    assert not steps.ahead().is_whole


def test_an_argument_that_cannot_be_made_is_left_to_the_step_itself(store):
    def broken(number):
        message = f"no {number}"
        raise ValueError(message)

    step = Workflow()
    first = step("first", COUNT, "b a")
    step("second", COUNT, step.value(broken, first))
    forecast = Forecast(step.steps)
    assert forecast.ahead({step.steps[0]: 2}, set()).is_whole is False
