"""Declared steps: what a handle stands for, what it refuses, and what a type checker sees."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from engine.cache.task import cached_task
from engine.errors import UsageError
from engine.paths import ROOT
from engine.records import Record
from engine.run.selection import Selection, after, named
from engine.run.steps import directly_upstream
from engine.run.workflow import NotComputed, Workflow, needed_by, resolve, steps_behind


class Point(Record):
    x: int
    y: int


@cached_task(name="make point")
def make_point(x: int, y: int) -> Point:
    return Point(x=x, y=y)


@cached_task(name="add up")
def add_up(one: int, other: int, *, times: int = 1) -> int:
    return (one + other) * times


@dataclass(frozen=True)
class Pair:
    first: int
    second: object


@pytest.fixture
def declared():
    """Two points, the sum of a part of each, and its double."""
    step = Workflow()
    points = step("one", make_point, 1, 2), step("two", make_point, 3, 4)
    total = step("sum", add_up, points[0].x, points[1].y, times=10)
    return step, points, total, step.value(lambda found: found * 2, total)


def results_of(step, computed):
    return {each: computed[each.label] for each in step.steps if each.label in computed}


ALL = {"one": Point(x=1, y=2), "two": Point(x=3, y=4), "sum": 50}


def test_a_handle_stands_for_the_result_its_attributes_and_what_is_made_of_them(declared):
    step, points, total, double = declared
    results = results_of(step, ALL)
    assert resolve(points, results) == (ALL["one"], ALL["two"])
    assert resolve({"sum": total, "y": points[1].y}, results) == {"sum": 50, "y": 4}
    assert resolve(Pair(1, double), results) == Pair(1, 100)
    assert resolve("nothing declared", results) == "nothing declared"


def test_a_value_without_its_step_is_not_computed(declared):
    step, _, _, double = declared
    with pytest.raises(NotComputed, match="sum"):
        resolve(double, results_of(step, {"one": ALL["one"]}))


def test_the_steps_behind_a_value_are_those_it_was_made_of(declared):
    step, points, _, double = declared
    labels = [each.label for each in steps_behind((double, points[0]))]
    assert labels == ["sum", "one"]
    assert {each.label for each in needed_by(steps_behind(double))} == {"one", "two", "sum"}
    (total,) = (each for each in step.steps if each.label == "sum")
    assert [each.label for each in total.upstream] == ["one", "two"]


def test_directly_upstream_are_the_steps_that_no_other_one_stands_on():
    """The transitive reduction: what is reached through another step needs no arrow."""
    step = Workflow()
    one = step("one", make_point, 1, 2)
    two = step("two", make_point, one.x, 3)
    step("sum", add_up, one.y, two.x)
    by_label = {each.label: each for each in step.steps}
    assert by_label["sum"].upstream == (by_label["one"], by_label["two"])
    assert directly_upstream(by_label["sum"]) == (by_label["two"],)


@pytest.mark.parametrize(
    "question", [bool, iter, len, lambda h: h == 1, lambda h: h < 1, lambda h: h[0]]
)
def test_a_handle_refuses_what_only_the_result_could_answer(question, declared):
    with pytest.raises(TypeError, match="is declared, not computed"):
        question(declared[2])


def test_no_two_steps_have_one_label(declared):
    with pytest.raises(ValueError, match="there is one already"):
        declared[0]("one", make_point, 1, 2)


def test_a_step_with_a_condition_or_a_tolerated_failure_depends_on_what_decides_it():
    step = Workflow()
    one = step("one", make_point, 1, 2)
    step.when(step.value(bool, one.x))("if", make_point, 3, 4)
    step.tolerating(ValueError, when=step.value(bool, one.y))("maybe", make_point, 5, 6)
    by_label = {each.label: each for each in step.steps}
    assert by_label["if"].upstream == by_label["maybe"].upstream == (by_label["one"],)
    assert by_label["one"].condition is True  # a rule holds for what is declared with it alone


def labels(steps):
    return {each.label for each in steps}


def test_steps_are_selected_by_task_by_label_and_by_the_only_beginning(declared):
    steps = declared[0].steps
    assert labels(named(steps, "make point")) == {"one", "two"}
    assert labels(named(steps, "mak")) == {"one", "two"}
    assert labels(named(steps, "tw")) == {"two"}
    assert labels(Selection(only="sum").of(steps)) == {"sum"}
    assert labels(Selection(from_step="one").of(steps)) == {"one", "sum"}
    assert labels(Selection(to_step="sum").of(steps)) == {"one", "two", "sum"}
    assert labels(Selection(from_step="two", to_step="sum").of(steps)) == {"two", "sum"}
    assert labels(after(steps, named(steps, "two"))) == {"two", "sum"}
    assert Selection().of(steps) == frozenset(steps)


def test_a_name_of_no_step_and_a_selection_of_none_are_refused_with_the_names(declared):
    steps = declared[0].steps
    with pytest.raises(UsageError, match="make point"):
        named(steps, "nonsense")
    with pytest.raises(UsageError, match="no step lies between"):
        Selection(from_step="sum", to_step="one").of(steps)


WRONG = """
from engine.run.workflow import Workflow
from flows.stages.selection import Fitting
from tasks.data.records import TrainingSet
from tasks.models.records import CandidateSpec
from tasks.models.refit import refit

def declare(step: Workflow, spec: CandidateSpec, training: TrainingSet) -> None:
    fitted = step("refit", refit, spec, training, 42, 1)
    step("right", refit, fitted.candidate, training, 42, 1)
    step("wrong", refit, fitted.model, training, 42, 1)
    step("too few", refit, fitted.candidate, training)
"""


def test_mypy_checks_the_arguments_of_every_declared_call(tmp_path):
    source = tmp_path / "wrong.py"
    source.write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", source],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line]
    assert lines == ["11", "12"], done.stdout
