"""What a person sees of a run while it is at work: one line for each step that ends."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from engine.run.reasons import Reason

HEARTBEAT_SECONDS = 15.0
COLUMNS = 100
NO_REASON = Reason("")


class Place(NamedTuple):
    """Which step of a run it is: the `number`-th of `total`, and its label."""

    number: int
    total: int
    label: str

    def __str__(self) -> str:
        return f"[{self.number:>2}/{self.total}] {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a step.

    ``none`` is a step whose failure the run tolerates: `why` is then its message. `seconds` is
    its wall-clock time. A step that was computed has a `reason` in one line, the whole of it in
    `why`, and the `key` of its result.
    """

    fate: Literal["computed", "reused", "not selected", "none", "stopped"]
    seconds: float = 0.0
    reason: Reason = NO_REASON
    why: str = ""
    key: str = ""


class Ahead(NamedTuple):
    """The steps to come: the seconds that those which would run took when they last ran.

    `is_whole` is False where such a step has not run before, or where it is not known yet
    whether a step would run.
    """

    seconds: float
    is_whole: bool


class Display(Protocol):
    """Shows the steps of a run as they begin and end."""

    def following(self, ahead: Callable[[], Ahead]) -> AbstractContextManager[None]:
        """Show for the time of a ``with`` block how far a run is.

        `ahead` looks at the steps to come. It takes milliseconds, and may be asked in any thread
        that has the context of the block.
        """

    def at_work(self, place: Place, expected_seconds: float | None) -> AbstractContextManager[None]:
        """Show for the time of a ``with`` block that a step is at work."""

    def ended(self, place: Place, outcome: Outcome) -> None:
        """Show what became of a step."""

    def say(self, text: str) -> None:
        """Show a line of text that is not the outcome of a step."""


class PlainLines:
    """One plain line for each step, for a file, a pipe or a worker's log.

    Parameters
    ----------
    say : callable
        Takes one line of text for the terminal and the run's log.
    tell_step : callable, optional
        Takes the lines of the steps alone; `say` by default.
    is_verbose : bool
        Whether the whole reason and the key follow each step that was computed.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        tell_step: Callable[[str], None] | None = None,
        is_verbose: bool = False,
    ) -> None:
        self.say = say
        self._tell_step = tell_step or say
        self._is_verbose = is_verbose

    def following(self, ahead: Callable[[], Ahead]) -> AbstractContextManager[None]:  # noqa: ARG002 - a line looks back, never ahead
        """Show nothing: there is no place for what changes."""
        return nullcontext()

    @contextmanager
    def at_work(self, place: Place, expected_seconds: float | None) -> Iterator[None]:
        """Say every while that a long step is still running, and how long it took last time."""
        ended = threading.Event()
        start = time.perf_counter()
        last_time = f", {duration(expected_seconds)} last time" if expected_seconds else ""

        def beat() -> None:
            while not ended.wait(HEARTBEAT_SECONDS):
                so_far = duration(time.perf_counter() - start)
                self._tell_step(f"{place}: running, {so_far} so far{last_time}")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def ended(self, place: Place, outcome: Outcome) -> None:
        """Say what became of a step; of a failure that is tolerated also that it stopped."""
        if outcome.fate == "none":
            self._tell_step(plain_line(place, replace(outcome, fate="stopped")))
        self._tell_step(plain_line(place, outcome))
        if self._is_verbose and outcome.fate == "computed":
            self._tell_step(f"        why: {outcome.why}\n        key: {outcome.key}")


def plain_line(place: Place, outcome: Outcome) -> str:
    """Return what became of a step as one line of at most 100 columns, if its label allows."""
    match outcome.fate:
        case "reused":
            return f"{place}: reused"
        case "not selected":
            return f"{place}: reused, not selected"
        case "none":
            return f"{place}: none: {outcome.why}"
        case "stopped":
            return f"{place}: stopped after {duration(outcome.seconds)}"
        case "computed":
            took = f"{place}: {duration(outcome.seconds)}"
            return f"{took} ({outcome.reason.within(COLUMNS - len(took) - len(' ()'))})"


def duration(seconds: float) -> str:
    """Write a duration as a person would say it.

    Examples
    --------
    >>> duration(0.04), duration(12.34), duration(75), duration(3720)
    ('0.0 s', '12.3 s', '1 min 15 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
