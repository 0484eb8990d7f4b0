"""What every flow of this project works in: its store within limits, its display, its options."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from prefect.settings import PREFECT_API_URL

from engine.cli.shown import chosen_display
from engine.cli.terminal import note, say
from engine.cluster.cluster import cluster_at
from engine.cluster.connection import require_cluster
from engine.cluster.where import Where, require_extra
from engine.run.session import store_session
from engine.run.steps import Steps
from engine.store.location import store_at
from engine.store.marks import OUTPUT_FOLDER, STORE, is_marked, take_folder
from engine.store.pruning import Limits
from flows.command_line import CommandLine, SearchCommand
from flows.config import OPTIONS, read_command
from flows.kept import kept_objects
from flows.report.files import require_outputs
from flows.spam.config import SpamCommand
from flows.textbook.config import TextbookCommand, TextbookConfig
from flows.workflow_config import WorkflowConfig

Command = TypeVar("Command", CommandLine, SearchCommand, SpamCommand, TextbookCommand)


def ask_for(command: type[Command], declare: Callable[[Command], object]) -> Command:
    """Read the command line of a run, and find wrong names and folders before any server starts.

    Nothing is made for a plan.

    Parameters
    ----------
    command : type
        The options of the command.
    declare : callable
        Looks for the data and the steps that are asked for, in the store that is asked for.

    Raises
    ------
    UsageError
        If an option or a step is unknown, or a value is out of bounds.
    PlainError
        If the data set is unknown, or a folder is not what it should be.
    """
    asked = read_command(command)
    with store_at(asked.store_dir) as store:
        is_marked(store, STORE)
        is_marked(asked.output_dir.expanduser().resolve(), OUTPUT_FOLDER)
        declare(asked)
        if not asked.plan:
            take_folder(store, STORE)
            require_outputs(asked.output_dir)
            where = where_of(asked)
            if where is not None:
                require_cluster(where, store, PREFECT_API_URL.value())
    return asked


@contextmanager
def run_session(
    config: WorkflowConfig | TextbookConfig, *, kind: str = ""
) -> Iterator[Callable[..., Steps]]:
    """Open the store of a flow run; give `Steps` with the display, log and options of the run.

    Runs of another `kind`, such as parts of a run, are counted apart when old runs are pruned, so
    that they push no whole run out.

    Raises
    ------
    StoreError
        If the folder is no store and not empty, or cannot be written.
    StoreInUse
        If another run has it for longer than the run may wait.
    """
    if not gc.get_freeze_count():  # Prefect's engine, which starts nightly runs, is no command
        gc.freeze()
    limits = Limits(config.keep_runs, config.budget, kept_objects)
    series = " ".join(filter(None, (config.datasets[0], kind)))
    with (
        store_session(config.store_dir, limits, say=say, wait=config.wait, series=series) as log,
        cluster_at(where_of(config), say=say) as cluster,
    ):
        display = chosen_display(say=say, log=note)
        yield partial(Steps, display=display, log=log, options=OPTIONS, cluster=cluster)


def where_of(config: WorkflowConfig | TextbookConfig) -> Where | None:
    """Return the workers that a run asks for; None if it computes everything itself.

    Raises
    ------
    ClusterError
        If Dask is not installed.
    """
    if config.runner == "local":
        return None
    require_extra()
    return Where(config.scheduler, config.n_jobs)
