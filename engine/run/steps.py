"""Run declared steps, in order or beside each other, and keep what became of each."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from contextvars import copy_context
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

from prefect import Task
from prefect.client.schemas import State
from prefect.context import FlowRunContext
from prefect.utilities.annotations import opaque

from engine.cache.reuse import (
    Examination,
    clear_damage,
    examine,
    remember,
    result_path,
    stored_result,
)
from engine.cache.task import takes_cores
from engine.cluster.cluster import Cluster
from engine.errors import PlainError
from engine.records import Record
from engine.run.ahead import Forecast
from engine.run.display import Ahead, Display, Outcome, Place
from engine.run.reasons import Reason, Reasons
from engine.run.workflow import Step, needed_by, resolve
from engine.store.results import require_kept
from engine.store.runs import RunLog

R = TypeVar("R")

MOST_AWAY = 256  # steps on workers at the same time: each is waited for by a thread
ROOM_SECONDS = 1.0  # after so long it is asked again how many workers there are


class StepRecord(Record):
    """What became of one task in one run.

    `seconds` is its wall-clock time, reading included. `reason` says in one line what made it
    run, and `why` in full; both are empty when its result was reused.
    """

    label: str
    task: str
    key: str
    reused: bool
    seconds: float
    reason: str
    why: str


class MissingResult(PlainError):
    """A step that was not selected has no stored result, and a selected one needs it."""


class Steps:
    """Runs the steps of a workflow and gives their results.

    Parameters
    ----------
    steps : sequence of Step
        As they were declared.
    display : Display
        Shows how far the run is.
    log : callable, optional
        Takes the key of each step before it begins, and whether its result is `stored`.
    options : mapping of str to str
        As of `engine.run.reasons.Reasons`.
    selected : collection of Step, optional
        The steps to run; what they need of the others is taken from the store. All by default.
    at_once : int
        How many steps may run beside each other; one after the other by default.
    cluster : Cluster, optional
        Computes the steps that take cores; those beside them stay in this process.
    how_to_make : callable
        Takes the label of a step that was not selected and returns the command that makes it.
    """

    def __init__(  # noqa: PLR0913 - each has a default that most flows keep
        self,
        steps: Sequence[Step],
        *,
        display: Display,
        log: RunLog | None = None,
        options: Mapping[str, str] = MappingProxyType({}),
        selected: Collection[Step] | None = None,
        at_once: int = 1,
        cluster: Cluster | None = None,
        how_to_make: Callable[[str], str] = lambda label: f"--to '{label}'",
    ) -> None:
        chosen = frozenset(steps if selected is None else selected)
        needed = needed_by(chosen)
        self.results: dict[Step, Any] = {}
        self.label: str | None = None  # of the newest step
        self.is_at_work = False  # whether that step has begun and not ended
        self._steps = [step for step in steps if step in needed]
        self._selected = chosen
        self._display = display
        self._log = log
        self._reasons = Reasons(options)
        self._forecast = Forecast(self._steps)
        self._at_once = at_once
        self._cluster = cluster
        self._how_to_make = how_to_make
        self._records: dict[Step, StepRecord] = {}
        self._states: dict[Step, State[Any]] = {}
        self._met = 0  # steps whose condition held
        self._begun: set[Step] = set()
        self._keeping = threading.RLock()  # what several steps write down

    @property
    def total(self) -> int:
        """How many steps the run has; one with a condition counts once that is met."""
        return sum(step.condition is True for step in self._steps) + self._met

    @property
    def records(self) -> tuple[StepRecord, ...]:
        """What became of the steps that ended, in the order they were declared."""
        return tuple(self._records[step] for step in self._steps if step in self._records)

    def run(self, only: Collection[Step] = ()) -> None:
        """Run the steps that have not run, or `only` some and what they stand on.

        The results of those that ended stay stored.

        Raises
        ------
        MissingResult
            If a step that is not selected is needed and its result is not stored.
        Exception
            Whatever a task raised.
        """
        wanted = needed_by(only) if only else frozenset(self._steps)
        steps = [step for step in self._steps if step in wanted and step not in self.results]
        with self._display.following(self.ahead):
            if self._at_once == 1 and self._cluster is None:
                for step in steps:
                    self.run_one(step)
            else:
                self._beside_each_other(steps)

    def ahead(self) -> Ahead:
        """Return how long the steps take that have not begun, as far as it is known."""
        with self._keeping:
            found = self._forecast.ahead(self.results, self._begun)
        beside = max(self._at_once, self._cluster.room if self._cluster else 1)
        if beside == 1:
            return found
        # how well steps fit beside each other is not known: no less than an even share
        return Ahead(found.seconds / beside, is_whole=False)

    @property
    def selected_results(self) -> tuple[Any, ...]:
        """The results of the selected steps that ended, in the order they were declared."""
        return tuple(
            self.results[step]
            for step in self._steps
            if step in self._selected and step in self._records
        )

    def value(self, declared: R) -> R:
        """Return what a declared value stands for, now that its steps have run."""
        return cast("R", resolve(declared, self.results))

    def _beside_each_other(self, steps: Sequence[Step]) -> None:
        wanted = frozenset(steps)
        order = TopologicalSorter({each: wanted.intersection(each.upstream) for each in steps})
        order.prepare()
        ready, at_work = list[Step](), dict[Future[None], Step]()
        with ThreadPoolExecutor(self._at_once) as here, ThreadPoolExecutor(MOST_AWAY) as away:
            try:
                while order.is_active():
                    ready += order.get_ready()
                    for step in self._that_fit(ready, at_work.values()):
                        ready.remove(step)
                        pool = away if self._may_go_away(step) else here
                        # a thread of its own does not know the flow run; its context does
                        at_work[pool.submit(copy_context().run, self.run_one, step)] = step
                    for future in wait(at_work, ROOM_SECONDS, FIRST_COMPLETED).done:
                        step = at_work.pop(future)
                        future.result()
                        order.done(step)
            except BaseException:
                if self._cluster:
                    self._cluster.give_up()
                for pool in (here, away):
                    pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _may_go_away(self, step: Step) -> bool:
        return self._cluster is not None and takes_cores(step.task)

    def _that_fit(self, ready: Sequence[Step], at_work: Collection[Step]) -> list[Step]:
        """Return which ready steps begin now: as many are away as there are workers for them."""
        if self._cluster is None:
            return list(ready)
        room = min(self._cluster.room, MOST_AWAY) - sum(map(self._may_go_away, at_work))
        away = [each for each in ready if self._may_go_away(each)][: max(0, room)]
        return [each for each in ready if each in away or not self._may_go_away(each)]

    def run_one(self, step: Step) -> None:
        """Run one step whose upstream steps have run, or pass it over."""
        if not self.value(step.condition):
            self.results[step] = None
            return
        with self._keeping:
            self._begun.add(step)
            self._met += step.condition is not True
            place = Place(len(self._begun), self.total, step.label)
            self.label, self.is_at_work = step.label, True
        args, kwargs = self.value(step.args), self.value(dict(step.kwargs))
        found = examine(step.known_as, step.task, *args, **kwargs)
        if step not in self._selected:
            self.results[step] = self._stored(step, found)
            self._display.ended(place, Outcome(fate="not selected"))
            return
        if found.state == "damaged":
            kept = clear_damage(found)
            self._display.say(f"{place}: {found.why}" + (f", set aside as {kept}" if kept else ""))
        if self._log:
            with self._keeping:
                self._log(found.parts.key, stored=found.is_reused)
        self._call(step, place, found, args, kwargs)
        self.is_at_work = False

    def _stored(self, step: Step, found: Examination) -> Any:
        if found.state == "stored":
            return stored_result(found.parts)
        raise MissingResult(
            f"Asked for a part of the run; it needs the result of the step '{step.label}', which "
            f"is not stored ({self._reasons.of(step, found)}). Make it with: "
            f"{self._how_to_make(step.label)}"
        )

    def _call(
        self, step: Step, place: Place, found: Examination, args: tuple[Any, ...], kwargs: Any
    ) -> None:
        # Prefect draws an arrow from each state that is waited for
        upstream = [self._states[each] for each in directly_upstream(step) if each in self._states]
        _forget_results()
        shown = self._display.at_work(place, found.expected_seconds)
        with nullcontext() if found.is_reused else shown:  # too short to be seen
            if self._cluster and self._may_go_away(step) and not found.is_reused:
                state, seconds = self._cluster.compute(step.task, args, kwargs, upstream)
            else:
                start = time.perf_counter()
                state = _called(step.task, args, kwargs, upstream)
                seconds = time.perf_counter() - start
        try:
            result = state.result()
        except Exception as error:
            is_tolerated = isinstance(error, step.tolerated) and self.value(step.tolerated_if)
            fate: Literal["none", "stopped"] = "none" if is_tolerated else "stopped"
            self._display.ended(place, Outcome(fate=fate, seconds=seconds, why=str(error)))
            if not is_tolerated:
                raise
            self.results[step] = error  # its state is not waited for: Prefect would hold back
            return
        self._states[step] = state
        reused = state.name == "Cached"
        if not reused:
            require_kept(result_path(found.parts), step.label)
        self._note(step, place, found, seconds, reused=reused)
        self.results[step] = result

    def _note(
        self, step: Step, place: Place, found: Examination, seconds: float, *, reused: bool
    ) -> None:
        reason = Reason("") if reused else self._reasons.of(step, found)
        self._records[step] = StepRecord(
            label=step.label,
            task=found.parts.task,
            key=found.parts.key,
            reused=reused,
            seconds=seconds,
            reason=str(reason),
            why="" if reused else found.why,
        )
        kept = remember(step.known_as, found.parts, None if reused else seconds)
        if kept:
            self._display.say(
                f"{place}: what was remembered of it was damaged, set aside as {kept}"
            )
        fate: Literal["reused", "computed"] = "reused" if reused else "computed"
        self._display.ended(
            place,
            Outcome(fate=fate, seconds=seconds, reason=reason, why=found.why, key=found.parts.key),
        )


def directly_upstream(step: Step) -> tuple[Step, ...]:
    """Return the steps that a step takes results of, without those behind another of them.

    A graph that is drawn with these alone shows the same order with half the arrows.
    """
    behind = frozenset[Step]().union(*(each.behind for each in step.upstream))
    return tuple(each for each in step.upstream if each not in behind)


def _called(
    task: Task[..., Any], args: tuple[Any, ...], kwargs: Any, upstream: list[State[Any]]
) -> State[Any]:
    """Call a task; otherwise Prefect would look for futures in every number that it is given."""
    given = {name: opaque(value) for name, value in kwargs.items()}
    state: State[Any] = task(  # type: ignore[assignment]  # opaque hides the overload for return_state
        *map(opaque, args), **given, return_state=True, wait_for=[*map(opaque, upstream)]
    )
    return state


def _forget_results() -> None:
    """Let Prefect guess no dependencies: to it a new object at an old address is the old result."""
    context = FlowRunContext.get()
    if context is not None:
        context.run_results.clear()
