"""Which flow runs are at work in a store, so that a killed one is not Running for ever.

A run holds a lock on a file that is named by its flow run and has its process's number in it. The
kernel frees the lock when the process is gone, so the next run in the store can tell. The file
stays until then, because Prefect learns of a run's end only after the run has left its store.
"""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas import State
from prefect.client.schemas.filters import FlowRunFilter, TaskRunFilter
from prefect.context import SyncClientContext
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import run_flow
from prefect.states import Crashed
from prefect.utilities.callables import get_call_parameters

from engine.store.lock import cannot_be_written
from engine.store.marks import STORE, is_marked
from engine.store.names import own_entries

KILLED = "Its process was killed; the next run in its store found that out."
_HELD: dict[UUID, int] = {}  # open files of the runs at work here, until this process ends


def run_noted(flow: Flow[..., Any], parameters: tuple[Any, ...], store: Path | None) -> State[Any]:
    """Run a flow and return its last state; note its run in a store before Prefect runs it.

    A run that is killed before it is noted is never closed, so the flow itself would be too late.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    values = get_call_parameters(flow.fn, parameters, {})
    with SyncClientContext.get_or_create() as context:
        run = context.client.create_flow_run(flow, parameters=flow.serialize_parameters(values))
        place = store and store.expanduser().resolve()
        if place and is_marked(place, STORE):
            register_run(place, run.id)
        return cast("State[Any]", run_flow(flow, run, values, return_type="state"))


def register_run(store: Path, flow_run_id: UUID) -> None:
    """Note in the store, once, that this flow run is at work in this process.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    if flow_run_id in _HELD:
        return
    path = store / "running" / f"{flow_run_id}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)  # no child process inherits it
        fcntl.flock(held, fcntl.LOCK_EX)
        os.write(held, str(os.getpid()).encode())
    except OSError as error:
        raise cannot_be_written(store, error) from error
    _HELD[flow_run_id] = held


def close_dead_runs(store: Path, *, say: Callable[[str], None]) -> int:
    """Set to Crashed what Prefect believes to run here in a dead process; return how many."""
    locks = (path for path in own_entries(store, "running") if path.suffix == ".lock")
    return sum(_close_if_dead(path, say) for path in locks)


def close_own_runs() -> None:
    """Set to Crashed what this process runs: it is about to end in the middle."""
    message = f"Process {os.getpid()} was stopped by a signal in the middle of a task."
    for flow_run_id in _HELD:
        _close(flow_run_id, message)


def close_task_run(task_run_id: UUID, message: str) -> None:
    """Set a task run to Crashed whose process was lost, if Prefect believes it to run."""
    with suppress(httpx.HTTPError, ObjectNotFound), get_client(sync_client=True) as client:
        state = client.read_task_run(task_run_id).state
        if state is None or not state.is_final():
            client.set_task_run_state(task_run_id, Crashed(message=message), force=True)


def _close_if_dead(path: Path, say: Callable[[str], None]) -> bool:
    try:
        held = os.open(path, os.O_RDWR)
    except OSError:  # no file of ours
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        pid = os.read(held, 20).decode(errors="replace")
        # an earlier version left the lock empty and put a note beside it
        note = path.with_suffix(".json")
        if not pid and not note.is_file():  # its run has not yet the lock
            return False
        closed = _close(UUID(path.stem), KILLED)
        path.unlink()
        if note.is_file():
            note.unlink()
    except BlockingIOError:  # it waits for this store, or is telling Prefect its end
        return False
    finally:
        os.close(held)
    if closed:
        process = f" of process {pid}" if pid.isdigit() else ""
        say(f"the run {path.stem}{process} was killed; closed as Crashed")
    return closed


def _close(flow_run_id: UUID, message: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            state = client.read_flow_run(flow_run_id).state
        except ObjectNotFound:  # it ran against another server
            return False
        if state is None or state.is_final():
            return False
        client.set_flow_run_state(flow_run_id, Crashed(message=message), force=True)
        unfinished = {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}}
        for each in client.read_task_runs(
            flow_run_filter=FlowRunFilter.model_validate({"id": {"any_": [flow_run_id]}}),
            task_run_filter=TaskRunFilter.model_validate(unfinished),
        ):
            client.set_task_run_state(each.id, Crashed(message=message), force=True)
        return True
