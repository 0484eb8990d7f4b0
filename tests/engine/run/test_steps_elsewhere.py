"""Which steps go to a cluster, and how many at once: without Dask, on one that is made up."""

import threading

import pytest
from prefect.utilities.annotations import opaque

from engine.cluster.order import Done, named
from engine.errors import PlainError
from engine.run.display import PlainLines
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from tasks.models.refit import refit
from tests.support.toy_steps import InlineTask

SAID_SECONDS = 77.0


def fit(number, n_jobs):
    """Take no time."""
    return number


def add(numbers):
    """Take the results of fits."""
    return sum(numbers)


FIT = InlineTask("toy fit", fit, ignoring=("n_jobs",), memory=lambda **_: 10)
ADD = InlineTask("toy sum", add)


class MadeUpCluster:
    """Computes in the thread that asks, notes what it was asked, and may be lost."""

    def __init__(self, room, *, is_lost=False):
        self.room, self.asked, self.most, self.gave_up = room, [], 0, False
        self._is_lost, self._now, self._lock = is_lost, 0, threading.Lock()
        self._full = threading.Barrier(room)  # the fits are a multiple of it

    def compute(self, task, args, kwargs, upstream):
        """Compute a step, as a worker does."""
        if self._is_lost:
            message = "lost"
            raise PlainError(message)
        with self._lock:
            self.asked.append(args)
            self._now += 1
            self.most = max(self.most, self._now)
        self._full.wait(60)
        given = {name: opaque(value) for name, value in kwargs.items()}
        waited_for = map(opaque, upstream)
        state = task(*map(opaque, args), **given, return_state=True, wait_for=waited_for)
        with self._lock:
            self._now -= 1
        return Done(state, SAID_SECONDS)

    def give_up(self):
        """Note that the run ends."""
        self.gave_up = True


def declared(n_fits=6):
    """Declare fits and one step that takes them all."""
    step = Workflow()
    fits = tuple(step(f"fit {n}", FIT, n, 1) for n in range(n_fits))
    return step.steps, step("sum", ADD, fits)


def run_on(cluster, said=None):
    """Run the steps; return them and their sum."""
    steps, total = declared()
    running = Steps(steps, display=PlainLines((said or []).append), cluster=cluster)
    running.run()
    return running, running.value(total)


def test_absent_steps_that_take_cores_go_away_and_no_more_than_there_is_room_for(store):
    cluster = MadeUpCluster(room=2)
    steps, total = run_on(cluster)
    assert total == 15
    assert sorted(cluster.asked) == [(number, 1) for number in range(6)]
    assert cluster.most == 2
    seconds = {each.label: each.seconds for each in steps.records}
    assert seconds.pop("sum") < SAID_SECONDS  # it is no fit, so it stayed
    assert set(seconds.values()) == {SAID_SECONDS}  # as the worker told them


def test_what_is_stored_does_not_go_away(store):
    run_on(MadeUpCluster(room=3))
    again = MadeUpCluster(room=3)
    steps, total = run_on(again)
    assert total == 15
    assert again.asked == []
    assert all(each.reused for each in steps.records)


def test_a_lost_cluster_ends_the_run_and_is_given_up(store):
    cluster = MadeUpCluster(room=3, is_lost=True)
    with pytest.raises(PlainError, match="lost"):
        run_on(cluster)
    assert cluster.gave_up


def test_a_task_is_named_by_its_module_and_one_that_has_no_name_there_is_refused():
    assert named(refit) == ("tasks.models.refit", "refit")
    with pytest.raises(TypeError, match="a worker could not find it"):
        named(FIT)
