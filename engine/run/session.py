"""The folder a run works in: its store, its lock and Prefect's results, opened together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from prefect.context import FlowRunContext

from engine.run.crashed import close_dead_runs, register_run
from engine.run.told_once import tell_plain_errors_once
from engine.store.location import store_at, store_root
from engine.store.lock import only_run_in
from engine.store.marks import STORE, take_folder
from engine.store.names import remove_unfinished
from engine.store.probe import require_file_system
from engine.store.pruning import Limits, prune_store
from engine.store.results import ResultFiles
from engine.store.runs import RunLog, recorded, set_aside_damaged_records


@contextmanager
def store_session(
    store_dir: Path,
    limits: Limits,
    *,
    say: Callable[[str], None],
    wait: float | None = None,
    series: str = "",
) -> Iterator[RunLog]:
    """Keep everything of this flow run in one store, and keep other runs out of it meanwhile.

    A run that came to its end leaves no more in the store than `limits` allow, which count the
    runs of each `series` apart. The log that is given takes the key of every result the run uses.

    Parameters
    ----------
    wait : float, optional
        Seconds to wait at most for another run in the store; for ever by default.

    Raises
    ------
    StoreError
        If the folder is no store and not empty, or cannot be written.
    StoreInUse
        If another run still has it after `wait`.
    """
    tell_plain_errors_once()
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        message = "A store is opened by a flow run; there is none here."
        raise RuntimeError(message)
    with store_at(store_dir), _entered(context.flow_run.id, say=say, wait=wait):
        left = remove_unfinished(store_root())
        if left:
            say(f"removed {left} unfinished file(s) that a killed run left")
        set_aside_damaged_records(store_root(), say=say)
        close_dead_runs(store_root(), say=say)
        with (
            recorded(store_root(), context.flow_run.id, _flow_name(context), series) as log,
            _results_in(store_root(), context),
        ):
            yield log
        prune_store(store_root(), limits, just_ended=log.keys, say=say)


def _flow_name(context: FlowRunContext) -> str:
    return context.flow.name if context.flow else "unnamed"


@contextmanager
def _entered(
    flow_run_id: UUID, *, say: Callable[[str], None], wait: float | None
) -> Iterator[None]:
    take_folder(store_root(), STORE)
    require_file_system(store_root())
    # before the lock: a run that is killed while it waits must be closed too
    register_run(store_root(), flow_run_id)
    with only_run_in(store_root(), say=say, wait=wait):
        yield


@contextmanager
def _results_in(store: Path, context: FlowRunContext) -> Iterator[None]:
    """Let Prefect keep its results beside the objects they refer to.

    The store is a parameter of the run, Prefect's result folder a setting of the process;
    a worker serves runs with different stores, so the run's own context is what must change.
    """
    storage = ResultFiles(basepath=str(store / "results"))
    results = context.result_store.model_copy(update={"result_storage": storage})
    with context.model_copy(update={"result_store": results}):
        yield
