"""One step as it is sent to a worker, and how the worker carries it out.

A task is named, not sent: the worker has the same code, which was checked. The folder of the store
and Prefect's context of the flow run are context variables, so they go along.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import cloudpickle
from prefect import Flow, Task
from prefect.client.schemas import State
from prefect.context import FlowRunContext, serialize_context
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_API_DATABASE_PASSWORD,
    temporary_settings,
)
from prefect.task_engine import run_task_sync

from engine.memory_limit import limited_to
from engine.run.told_once import tell_plain_errors_once
from engine.store.location import store_at
from engine.store.results import ResultFiles

CORES_VARIABLE = "LOKY_MAX_CPU_COUNT"  # what joblib takes "all cores" for


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker needs to compute one step; `context` is pickled, the same for a whole run."""

    store: Path
    module: str
    task: str
    task_run_id: UUID
    parameters: Mapping[str, Any]
    upstream: tuple[State[Any], ...]
    context: bytes


class Done(NamedTuple):
    """The state a step ended in and its wall-clock seconds, without those it waited in a queue."""

    state: State[Any]
    seconds: float


def named(task: Task[..., Any]) -> tuple[str, str]:
    """Return the module of a task and its name there."""
    module, name = task.fn.__module__, task.fn.__qualname__
    if module == "__main__" or getattr(import_module(module), name, None) is not task:
        message = f"The task {task.name} is not {name} of {module}: a worker could not find it."
        raise TypeError(message)
    return module, name


def packed_context() -> bytes:
    """Return Prefect's context of this flow run for workers, without what is not theirs.

    They need the flow's name and not its code, and never the database of Prefect's server.
    """
    context = FlowRunContext.get()
    if context is None or context.flow is None:
        message = "A step is sent to a worker by a flow run; there is none here."
        raise RuntimeError(message)
    bare = context.model_copy(update={"flow": Flow(_no_code, name=context.flow.name)})
    database = {PREFECT_API_DATABASE_CONNECTION_URL, PREFECT_API_DATABASE_PASSWORD}
    with bare, temporary_settings(restore_defaults=database):
        packed: bytes = cloudpickle.dumps(serialize_context())
    return packed


def carry_out(order: Order) -> Done:
    """Compute a step on this worker and keep its result in the store of the run."""
    from distributed import get_worker
    from joblib import parallel_config

    tell_plain_errors_once()
    worker = get_worker()
    os.environ[CORES_VARIABLE] = str(worker.state.nthreads)
    task: Task[..., Any] = getattr(import_module(order.module), order.task)
    # joblib takes a worker, which may start no processes, for one core unless it is told threads
    with (
        store_at(order.store),
        limited_to(worker.memory_manager.memory_limit),
        parallel_config(backend="threading"),
    ):
        start = time.perf_counter()
        state: State[Any] = run_task_sync(  # type: ignore[assignment]  # as return_type says
            task,
            task_run_id=order.task_run_id,
            parameters=dict(order.parameters),
            wait_for=list(order.upstream),
            return_type="state",
            context=_unpacked(order.context),
        )
        return Done(state, time.perf_counter() - start)


def _unpacked(context: bytes) -> dict[str, Any]:
    unpacked: dict[str, Any] = cloudpickle.loads(context)
    storage = unpacked["flow_run_context"]["result_store"]["result_storage"]
    # Prefect knows a kind of storage by its name once its module was imported
    unpacked["flow_run_context"]["result_store"]["result_storage"] = ResultFiles(
        basepath=storage["basepath"]
    )
    return unpacked


def _no_code() -> None:
    """Stand for the flow's own function on a worker."""
