"""A search whose fits sleep, on Dask's real scheduler; a worker finds its tasks here by name."""

import resource
import time
from pathlib import Path

from prefect import flow

from engine.cache.task import cached_task
from engine.cli.terminal import note
from engine.cluster.cluster import cluster_at
from engine.cluster.where import Where
from engine.records import Record
from engine.run.display import PlainLines
from engine.run.session import store_session
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from engine.store.pruning import Limits

N_FOLDS = 3


class SleptFold(Record):
    """What a fit that slept has found."""

    setting: int
    fold: int


@cached_task(name="simulated fit", ignoring=("n_jobs",))
def sleep_fold(setting: int, fold: int, seconds: float, n_jobs: int) -> SleptFold:  # noqa: ARG001 - it takes cores, as a fit does
    """Take as long as a fit would."""
    time.sleep(seconds)
    return SleptFold(setting=setting, fold=fold)


@cached_task(name="simulated comparison")
def gather(folds: tuple[SleptFold, ...]) -> int:
    """Take the folds of a setting together, as out-of-fold scores are."""
    return sum(each.fold for each in folds)


@flow(name="simulated-search")
def search(folder: Path, scheduler: str, n_settings: int, seconds: float) -> dict[str, float]:
    """Run the fits of all settings; return seconds and the driver's CPU seconds."""
    step = Workflow()
    for setting in range(n_settings):
        folds = tuple(
            step(f"setting {setting}, fold {fold}", sleep_fold, setting, fold, seconds, 1)
            for fold in range(N_FOLDS)
        )
        step(f"setting {setting}", gather, folds)
    limits = Limits(keep_runs=1, budget_mb=1000)
    with (
        store_session(folder / "store", limits, say=note) as log,
        cluster_at(Where(scheduler, 1), say=note) as cluster,
    ):
        steps = Steps(step.steps, display=PlainLines(note), log=log, cluster=cluster)
        begin, cpu = time.perf_counter(), _cpu_seconds()
        steps.run()
        return {"seconds": time.perf_counter() - begin, "cpu_seconds": _cpu_seconds() - cpu}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
