"""What every task of the workflow cost at each number of training images."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from benchmarks.cost.results import FITS, Measured
from benchmarks.growth.law import PowerLaw, fitted_law
from engine.records import Record

OUTSIDE = "outside the tasks"
AUGMENT = "augment"
LEAST_BYTES = 1_000_000  # below, the pages of a run vary more than a task adds


class TaskCost(Record):
    """What the steps of one task cost in one run: folds together, all drawings together.

    `seconds` is their sum. `added_bytes` is by how much the resident size rose at most during
    one of them, `peak_bytes` the largest resident size meanwhile; None outside the tasks.
    """

    seconds: float
    added_bytes: int | None = None
    peak_bytes: int | None = None


class GrowthRun(Record):
    """One run of the workflow: its numbers of images and what each task cost.

    `n_images` counts the shifted copies, `n_sources` does not.
    """

    n_images: int
    n_sources: int
    seconds: float
    cpu_seconds: float
    tasks: dict[str, TaskCost]

    @property
    def has_copies(self) -> bool:
        """Whether the images were augmented."""
        return self.n_images > self.n_sources

    def size_for(self, task: str) -> int:
        """Return the number of images a task works on: only fits and augmenting see copies."""
        return self.n_images if task.startswith((*FITS, AUGMENT, OUTSIDE)) else self.n_sources


class GrowthResults(Measured):
    """The runs of one measurement of growth, by the number of training images."""

    runs: dict[int, GrowthRun] = Field(default_factory=dict)

    @property
    def ascending(self) -> tuple[GrowthRun, ...]:
        """The runs from the fewest images to the most."""
        return tuple(self.runs[n] for n in sorted(self.runs))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks of the largest run, the most expensive first."""
        largest = self.ascending[-1].tasks
        return tuple(sorted(largest, key=lambda task: -largest[task].seconds))


def task_costs(
    steps: Sequence[Mapping[str, Any]],
    memory: Mapping[str, tuple[int, int]],
    *,
    whole_seconds: float,
) -> dict[str, TaskCost]:
    """Add up what the steps of a run cost, by task, and what no step explains.

    Parameters
    ----------
    steps : sequence of mappings
        Those of the run's evaluation.json.
    memory : mapping of a step's label to the bytes resident before it and at most during it
    whole_seconds : float
        Seconds of the whole process.
    """
    costs: dict[str, TaskCost] = {}
    for step in steps:
        before, peak = memory[step["label"]]
        name, now = task_name(step["label"]), TaskCost(seconds=0.0, added_bytes=0, peak_bytes=0)
        earlier = costs.get(name, now)
        costs[name] = TaskCost(
            seconds=earlier.seconds + step["seconds"],
            added_bytes=max(earlier.added_bytes or 0, peak - before, 0),
            peak_bytes=max(earlier.peak_bytes or 0, peak),
        )
    explained = sum(cost.seconds for cost in costs.values())
    return costs | {OUTSIDE: TaskCost(seconds=whole_seconds - explained)}


def task_name(label: str) -> str:
    """Name a step's task in a table: folds and drawings count as one.

    >>> task_name("cross-validate SGD, fold 1 of 3"), task_name("draw: is it the digit?")
    ('cross-validate SGD', 'draw the figures')
    """
    return "draw the figures" if label.startswith("draw") else label.split(",", maxsplit=1)[0]


def law_of_time(found: GrowthResults, task: str) -> PowerLaw | None:
    """Fit how a task's seconds grow, or return None where fewer than three sizes tell."""
    return _law(found, task, {run.n_images: run.tasks[task].seconds for run in _alike(found, task)})


def law_of_memory(found: GrowthResults, task: str) -> PowerLaw | None:
    """Fit how the memory that a task adds grows; None where it adds too little to tell."""
    added = {run.n_images: run.tasks[task].added_bytes or 0 for run in _alike(found, task)}
    if not added or min(added.values()) < LEAST_BYTES:
        return None
    return _law(found, task, added)


def _alike(found: GrowthResults, task: str) -> tuple[GrowthRun, ...]:
    """Return the runs in which a task does the same kind of work."""
    return tuple(run for run in found.ascending if run.has_copies or task != AUGMENT)


def _law(found: GrowthResults, task: str, costs: Mapping[int, float]) -> PowerLaw | None:
    sizes = [found.runs[n].size_for(task) for n in costs]
    return fitted_law(sizes, list(costs.values())) if len(set(sizes)) > 2 else None
