"""Run cached tasks one after the other and say what is running, reused or done, and why."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from prefect import Task

from flows.result_files import require_kept
from flows.reuse import Examination, clear_damage, examine, remember, result_path
from flows.run_records import RunLog
from tasks.records import Record

P = ParamSpec("P")
R = TypeVar("R")

HEARTBEAT_SECONDS = 15.0


class StepRecord(Record):
    """What became of one task in one run.

    `seconds` is its wall-clock time, reading included; `why` says what made it run, and is
    empty when its result was reused.
    """

    label: str
    task: str
    key: str
    reused: bool
    seconds: float
    why: str


class Steps:
    """Calls tasks in turn, numbers them and keeps what became of each.

    Parameters
    ----------
    total : int
        How many steps the run has, so that a reader sees how far it is.
    say : callable
        Takes one line of text for the terminal and the run's log.
    log : callable, optional
        Takes the key of each step before it begins, and whether its result is `stored`.
    """

    def __init__(
        self, *, total: int, say: Callable[[str], None], log: RunLog | None = None
    ) -> None:
        self.total = total
        self.records: list[StepRecord] = []
        self.label: str | None = None  # of the newest step
        self.is_at_work = False  # whether that step has begun and not ended
        self._say = say
        self._log = log

    def __call__(self, label: str, task: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one task, or reuse its result, and return the result.

        Raises
        ------
        Exception
            Whatever the task raised; the steps before it stay stored.
        """
        place = f"[{len(self.records) + 1:>2}/{self.total}] {label}"
        self.label, self.is_at_work = label, True
        found = examine(label, task, *args, **kwargs)
        if found.state == "damaged":
            kept = clear_damage(found)
            self._say(f"{place}: {found.why}" + (f", set aside as {kept}" if kept else ""))
        if self._log:
            self._log(found.parts.key, stored=found.state == "stored")
        start = time.perf_counter()
        with self._heartbeat(place, start, found):
            state = task(*args, **kwargs, return_state=True)
        seconds = time.perf_counter() - start
        if not state.is_completed():
            self._say(f"{place}: stopped after {duration(seconds)}")
        result: R = state.result()
        if state.name != "Cached":
            require_kept(result_path(found.parts), label)
        self._note(place, label, found, seconds, reused=state.name == "Cached")
        self.is_at_work = False
        return result

    def _note(
        self, place: str, label: str, found: Examination, seconds: float, *, reused: bool
    ) -> None:
        why = "" if reused else found.why
        self.records.append(
            StepRecord(
                label=label,
                task=found.parts.task,
                key=found.parts.key,
                reused=reused,
                seconds=seconds,
                why=why,
            )
        )
        kept = remember(label, found.parts, None if reused else seconds)
        if kept:
            self._say(f"{place}: what was remembered of it was damaged, set aside as {kept}")
        self._say(f"{place}: " + ("reused" if reused else f"{duration(seconds)} ({why})"))

    @contextmanager
    def _heartbeat(self, place: str, start: float, found: Examination) -> Iterator[None]:
        """Say every while that a long step is still running, and how long it took last time."""
        ended = threading.Event()
        expected = found.expected_seconds
        last_time = f", {duration(expected)} last time" if expected else ""

        def beat() -> None:
            while not ended.wait(HEARTBEAT_SECONDS):
                so_far = duration(time.perf_counter() - start)
                self._say(f"{place}: running, {so_far} so far{last_time}")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def duration(seconds: float) -> str:
    """Write a duration as a person would say it.

    >>> duration(0.04), duration(12.34), duration(75), duration(3720)
    ('0.0 s', '12.3 s', '1 min 15 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
