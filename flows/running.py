"""Which flow runs are at work in a store, so that a killed one is not Running for ever.

A process that is killed cannot say so. It left a note, though, and whoever holds the
store's lock next knows that the writer of every note is gone.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from tasks.records import Record
from tasks.store import write_atomically


class RunningNote(Record):
    """A flow run at work and the process that does it."""

    flow_run_id: UUID
    pid: int


@contextmanager
def noted(store: Path, flow_run_id: UUID) -> Iterator[None]:
    """Leave a note in the store for as long as this flow run is at work."""
    path = _notes(store) / f"{flow_run_id}.json"
    note = RunningNote(flow_run_id=flow_run_id, pid=os.getpid())
    write_atomically(path, lambda file: file.write(note.model_dump_json().encode()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def close_dead_runs(store: Path, *, say: Callable[[str], None]) -> int:
    """Set to Crashed what Prefect still believes to run here; return how many there were.

    Only the holder of the store's lock may call this: every note is then of a dead process.
    """
    notes = sorted(_notes(store).glob("*.json"))
    for path in notes:
        try:
            note = RunningNote.model_validate_json(path.read_bytes())
        except ValueError:
            path.unlink()  # not a note: nothing can be closed by it
            continue
        if _close(note):
            say(f"the run {note.flow_run_id} of process {note.pid} was killed; closed as Crashed")
        path.unlink()
    return len(notes)


def _close(note: RunningNote) -> bool:
    with get_client(sync_client=True) as client:
        try:
            state = client.read_flow_run(note.flow_run_id).state
        except ObjectNotFound:  # it ran against another server
            return False
        if state is None or state.is_final():
            return False
        message = f"Process {note.pid} died without a word; the next run in its store says so."
        client.set_flow_run_state(note.flow_run_id, Crashed(message=message), force=True)
        return True


def _notes(store: Path) -> Path:
    return store / "running"
