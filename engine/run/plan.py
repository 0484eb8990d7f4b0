"""What a run would do, said beforehand: which steps are stored, which would run and why."""

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engine.cache.reuse import examine, stored_result
from engine.run.display import Place, duration
from engine.run.reasons import Reasons
from engine.run.workflow import NotComputed, Step, needed_by, resolve


def tell_plan(
    steps: Sequence[Step],
    *,
    say: Callable[[str], None],
    options: Mapping[str, str] = MappingProxyType({}),
    selected: Collection[Step] | None = None,
) -> None:
    """Say for every step whether it would be reused, and about how long the rest takes.

    Runs nothing, writes nothing and needs neither the store's lock nor a server.
    """
    chosen = frozenset(steps if selected is None else selected)
    needed = needed_by(chosen)
    plan = _Plan(Reasons(options))
    for step in steps:
        if step in needed:
            plan.look_at(step, selected=step in chosen)
    total = len(plan.outcomes)
    for number, (step, outcome) in enumerate(plan.outcomes, start=1):
        say(f"{Place(number, total, step.label)}: {outcome}")
    say(f"\n{plan.would_run} of {total} steps would run{plan.how_long}.")


class _Plan:
    """Looks at one step after the other and notes what would become of each."""

    def __init__(self, reasons: Reasons) -> None:
        self.outcomes: list[tuple[Step, str]] = []
        self.would_run = 0
        self._seconds: list[float] = []  # of the steps that would run, where they are known
        self._results: dict[Step, Any] = {}
        self._reasons = reasons

    @property
    def how_long(self) -> str:
        """How long the steps that would run take, in words; nothing if there are none."""
        unknown = self.would_run - len(self._seconds)
        if not self.would_run:
            return ""
        if not self._seconds:
            return "; how long is unknown: no earlier run did the same work"
        known = f"about {duration(sum(self._seconds))}"
        if not unknown:
            return f" and take {known}"
        return f"; {len(self._seconds)} of them take {known}, the time of {unknown} is unknown"

    def look_at(self, step: Step, *, selected: bool) -> None:
        """Note what would become of a step; its stored result serves the steps after it."""
        try:
            if not resolve(step.condition, self._results):
                self._results[step] = None
                return
            args = resolve(step.args, self._results)
            kwargs = resolve(dict(step.kwargs), self._results)
        except NotComputed:
            self.outcomes.append((step, "runs if a step before it gives something new"))
            self.would_run += 1
            return
        found = examine(step.known_as, step.task, *args, **kwargs)
        if found.state == "stored":
            self._results[step] = stored_result(found.parts)
        if found.is_reused or (found.state == "stored" and not selected):
            self.outcomes.append((step, "reused"))
            return
        reason = self._reasons.of(step, found)
        if not selected:
            self.outcomes.append((step, f"is missing and was not selected ({reason})"))
            return
        self.would_run += 1
        about = ""
        if found.expected_seconds is not None:
            self._seconds.append(found.expected_seconds)
            about = f", about {duration(found.expected_seconds)}"
        self.outcomes.append((step, f"would run{about} ({reason})"))
