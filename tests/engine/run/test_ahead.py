"""What a forecast says of the steps to come, against what then ran."""

import pytest

from engine.cache.reuse import remembered_seconds
from engine.run.ahead import Forecast
from engine.run.display import PlainLines
from engine.run.steps import Steps
from engine.run.workflow import Workflow
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


def test_once_every_step_to_come_is_known_to_run_the_sum_is_that_of_their_last_times(
    store, monkeypatch
):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    run("b a c", "#")
    labels = list(run("b a c", "#")[1])
    last_time = {label: remembered_seconds(label) for label in labels}
    steps, seen = run("b a c d e", "#")  # another count: everything runs
    ran = [record.label for record in steps.records if not record.reused]
    assert ran == labels
    for place, label in enumerate(labels):
        expected = sum(last_time[each] for each in labels[place + 1 :])
        assert seen[label].seconds == pytest.approx(expected)
        assert seen[label].is_whole


def test_a_step_whose_arguments_are_not_known_yet_makes_the_sum_a_least_one(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    run("b a c", "#")
    last_time = remembered_seconds("draw the second line")
    steps, seen = run("b a c", "=")
    ran = [record.label for record in steps.records if not record.reused]
    assert ran[-1] == "draw the second line"
    first, last_reused = seen["count the words"], seen["double it again"]
    assert (first.seconds, first.is_whole) == (0.0, False)
    # its length is the result of the step at work, which is stored: not opened beforehand
    assert (last_reused.seconds, last_reused.is_whole) == (0.0, False)
    assert last_time > 0


def test_a_run_that_reuses_everything_has_no_time_ahead(store):
    run("b a c", "#")
    assert all(ahead.seconds == 0.0 for ahead in run("b a c", "#")[1].values())


def test_steps_beside_each_other_take_at_least_an_even_share(store, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.05")
    run("b a c", "#")
    labels = list(run("b a c", "#")[1])
    rest = sum(remembered_seconds(label) for label in labels[1:])
    _, seen = run("b a c d e", "#", at_once=2)
    assert seen[labels[0]].seconds == pytest.approx(rest / 2)
    assert not seen[labels[0]].is_whole


def test_an_argument_that_cannot_be_made_is_left_to_the_step_itself(store):
    def broken(number):
        message = f"no {number}"
        raise ValueError(message)

    step = Workflow()
    first = step("first", COUNT, "b a")
    step("second", COUNT, step.value(broken, first))
    forecast = Forecast(step.steps)
    assert forecast.ahead({step.steps[0]: 2}, set()).is_whole is False
