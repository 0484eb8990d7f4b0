"""What a benchmark has measured so far, kept as JSON after every part."""

import os
import platform
import statistics
from pathlib import Path
from typing import Any

from pydantic import Field

from benchmarks.measure import Measurement
from engine.records import Record

FITS = ("cross-validate", "refit")


class Machine(Record):
    """What the figures were measured on."""

    cores: int
    memory_bytes: int
    system: str
    python: str


class Stage(Record):
    """One stage of a run: its name and its wall-clock seconds."""

    name: str
    seconds: float


class Measured(Record):
    """What was measured, where and when.

    `sittings` are the times at which it was begun and taken up again: ratios between parts
    of different sittings compare different hours of the machine.
    """

    dataset: str
    machine: Machine
    sittings: tuple[str, ...]


class Results(Measured):
    """Everything measured by one benchmark, in the order it was measured.

    `measurements` has one entry per repetition. `stages` says where the time of a run went.
    `fits_after_change` is the number of fits that ran after only the target precision had
    changed. `errors` are percentages: of the kernel model out of fold in a cold run, of the forest
    on the test set. `beside` is the older commit that was measured too, if any.
    """

    measurements: dict[str, tuple[Measurement, ...]] = Field(default_factory=dict)
    stages: dict[str, tuple[Stage, ...]] = Field(default_factory=dict)
    fits_after_change: int | None = None
    errors: dict[str, float] = Field(default_factory=dict)
    beside: str | None = None

    def median_seconds(self, name: str) -> float | None:
        """Return the median wall-clock seconds of what was measured under a name, if any."""
        found = self.measurements.get(name)
        return statistics.median(each.seconds for each in found) if found else None

    def with_(self, **changes: Any) -> "Results":
        """Return these results with more measured."""
        return self.model_copy(update=changes)


def this_machine() -> Machine:
    """Describe the machine: cores this process may use, memory in bytes, system, Python."""
    allowed = getattr(os, "sched_getaffinity", None)  # not on every system
    return Machine(
        cores=len(allowed(0)) if allowed else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=platform.system(),
        python=platform.python_version(),
    )


def grouped_steps(steps: list[dict[str, Any]]) -> tuple[Stage, ...]:
    """Add up the steps of a run's evaluation.json: fits by candidate, drawings as one.

    >>> grouped_steps([{"label": "cross-validate SGD, fold 1 of 3", "seconds": 2.0},
    ...                {"label": "cross-validate SGD, fold 2 of 3", "seconds": 3.0}])
    (Stage(name='cross-validate SGD', seconds=5.0),)
    """
    seconds: dict[str, float] = {}
    for step in steps:
        label = step["label"].split(",")[0]
        name = "draw" if label.startswith("draw") else label
        seconds[name] = seconds.get(name, 0.0) + step["seconds"]
    return tuple(Stage(name=name, seconds=taken) for name, taken in seconds.items())


def fits_among(steps: list[dict[str, Any]]) -> int:
    """Count the steps of a run that fitted a model, not reused one."""
    return sum(step["task"] in FITS and not step["reused"] for step in steps)


def write(results: Record, path: Path) -> None:
    """Keep the results as JSON; a kill leaves the old file or the new one."""
    temporary = path.with_suffix(".writing")
    temporary.write_text(results.model_dump_json(indent=1) + "\n")
    temporary.replace(path)
