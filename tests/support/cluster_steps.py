"""Steps that take cores, as a command of its own: what a run on a cluster may meet, in seconds.

`main` has the options of a run. Each of four fits writes the
process it is in to ``fits/`` beside the store, and takes as long as FIT_SECONDS says.
"""

import os
import signal
import time

from prefect import flow
from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

from engine.cache.task import cached_task
from engine.cli.terminal import run_from_command_line, say
from engine.run.exit import leave
from engine.run.plan import tell_plan
from engine.run.workflow import Workflow
from engine.store.location import store_at, store_root
from engine.store.objects import save_bytes
from engine.store.refs import FileRef
from flows.command_line import SearchCommand
from flows.config import RunConfig
from flows.session import ask_for, run_session

N_FITS = 4


def seconds_of_fits():
    """Return how long a fit takes: what lies beside the store says it, and may change meanwhile."""
    return float((store_root().parent / "seconds").read_text())


def bytes_of_fit(number, n_jobs):
    """Return what a fit is said to need."""
    told = store_root().parent / "bytes"
    return int(told.read_text()) if told.exists() else 1000


@cached_task(name="fit", ignoring=("n_jobs",), memory=bytes_of_fit)
def fit(number: int, n_jobs: int) -> FileRef:
    """Take a while, and store a file."""
    from joblib import effective_n_jobs

    begun = store_root().parent / "fits"
    begun.mkdir(exist_ok=True)
    (begun / f"{number}-{os.getpid()}-{effective_n_jobs(n_jobs)}-{time.time_ns()}").touch()
    database = PREFECT_SERVER_DATABASE_CONNECTION_URL.value()
    (store_root().parent / "database").write_text(str(database))
    if (store_root().parent / f"deadly-{number}").exists():
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
    end = time.monotonic() + seconds_of_fits()
    while time.monotonic() < end:
        time.sleep(0.05)
    return save_bytes(f"fit {number}".encode(), ".txt")


@cached_task(name="join")
def join(fits: tuple[FileRef, ...]) -> str:
    """Read what the fits stored."""
    return ", ".join(each.path.read_text() for each in fits)


def declare(asked):
    """Declare four fits that do not depend on each other, and one step that takes them all."""
    step = Workflow()
    fits = tuple(step(f"fit {n}", fit, n, asked.n_jobs) for n in range(N_FITS))
    return step.steps, step("join the fits", join, fits)


@flow(name="fits")
def fits(config: RunConfig) -> None:
    """Fit, and say what came of it."""
    with run_session(config) as steps_of:
        declared, joined = declare(config)
        steps = steps_of(declared)
        steps.run()
        say(f"joined: {steps.value(joined)}")
        say(f"seconds: {[round(each.seconds, 1) for each in steps.records]}")


def plan(asked):
    """Say what would run."""
    with store_at(asked.store_dir):
        tell_plan(declare(asked)[0], say=say)


def main():
    """Be a command; a worker finds the tasks in this module by its name, so it is imported."""
    leave(run_from_command_line(fits, plan, lambda: ask_for(SearchCommand, lambda _: None)))
