"""What a run would do, said beforehand: which steps are stored, which would run and why."""

from collections.abc import Callable
from functools import partial
from typing import Any

from prefect import Task

from flows.config import RunConfig
from flows.drift import plan_drift
from flows.history import plan_history
from flows.pending import PENDING, is_pending
from flows.promotion import draw_pictures, plan_meeting
from flows.reporting import draw
from flows.reuse import examine, stored_result
from flows.stages import find, number_of_steps
from flows.steps import duration
from tasks.location import store_at


class PlanSteps:
    """Walks the stages like `flows.steps.Steps`, but only looks: nothing runs or is written."""

    def __init__(self, *, total: int, say: Callable[[str], None]) -> None:
        self.total = total
        self.count = 0
        self.expected_seconds = 0.0
        self.would_run = 0
        self._say = say

    def __call__(self, label: str, task: Task[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the stored result, or `PENDING` when the step would have to run first."""
        self.count += 1
        place = f"[{self.count:>2}/{self.total}] {label}"
        if is_pending((*args, *kwargs.values())):
            self.would_run += 1
            self._say(f"{place}: runs if a step before it gives something new")
            return PENDING
        found = examine(label, task, *args, **kwargs)
        if found.state == "stored":
            self._say(f"{place}: reused")
            return stored_result(found.parts)
        self.would_run += 1
        self.expected_seconds += found.expected_seconds or 0.0
        expected = found.expected_seconds
        about = f", about {duration(expected)}" if expected is not None else ""
        self._say(f"{place}: would run{about} ({found.why})")
        return PENDING


def tell_plan(config: RunConfig, *, say: Callable[[str], None]) -> None:
    """Say for every step of a run whether it would be reused, and about how long the rest takes.

    Runs nothing, writes nothing and needs neither the store's lock nor a server.
    """
    with store_at(config.store_dir):
        walk(partial(walk_stages, config), total=number_of_steps(config), say=say)


def walk_stages(config: RunConfig, step: PlanSteps) -> None:
    """Walk every stage of a run in its order."""
    found = find(step, config)
    met = plan_meeting(step, found)
    plan_drift(step, found.dataset.train, met[1])
    draw(step, config, found)
    draw_pictures(step, *met)
    plan_history(step, found)


def walk(stages: Callable[[PlanSteps], object], *, total: int, say: Callable[[str], None]) -> None:
    """Walk the stages of any flow, step by step, and say what a run of them would do."""
    step = PlanSteps(total=total, say=say)
    stages(step)
    say(
        f"\n{step.would_run} of {step.total} steps would run; those whose time is known from "
        f"earlier runs take about {duration(step.expected_seconds)}."
    )
