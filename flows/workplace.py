"""The folder a run works in: its store, its lock and Prefect's results, opened together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.context import FlowRunContext
from prefect.filesystems import LocalFileSystem

from flows.lock import only_run_in
from flows.running import close_dead_runs, noted
from tasks.location import store_at, store_root
from tasks.store import remove_unfinished


@contextmanager
def opened(store_dir: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Keep everything of this flow run in one store, and keep other runs out of it meanwhile.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        message = "A store is opened by a flow run; there is none here."
        raise RuntimeError(message)
    with store_at(store_dir), only_run_in(store_root(), say=say):
        left = remove_unfinished(store_root())
        if left:
            say(f"removed {left} unfinished file(s) that a killed run left")
        close_dead_runs(store_root(), say=say)
        with noted(store_root(), context.flow_run.id), _results_in(store_root(), context):
            yield


@contextmanager
def _results_in(store: Path, context: FlowRunContext) -> Iterator[None]:
    """Let Prefect keep its results beside the objects they refer to.

    The store is a parameter of the run, Prefect's result folder a setting of the process;
    a worker serves runs with different stores, so the run's own context is what must change.
    """
    storage = LocalFileSystem(basepath=str(store / "results"))
    results = context.result_store.model_copy(update={"result_storage": storage})
    with context.model_copy(update={"result_store": results}):
        yield
