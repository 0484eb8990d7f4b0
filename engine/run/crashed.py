"""Which flow runs are at work in a store, so that a killed one is not Running for ever.

A process that is killed cannot say so. It left a note, though, and held a lock beside it,
which the kernel frees when the process is gone: whoever opens the store next can tell. A note
stays until then, because Prefect learns of a run's end only after the run has left its store.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from engine.errors import DamagedFile
from engine.records import Record
from engine.store.files import set_aside
from engine.store.lock import cannot_be_written
from engine.store.names import own_entries
from engine.store.sealed import read_sealed, sealed_text

_HELD: list[FileLock] = []  # until this process ends, however it does


class RunningNote(Record):
    """A flow run at work and the process that does it."""

    flow_run_id: UUID
    pid: int


def leave_note(store: Path, flow_run_id: UUID) -> None:
    """Note in the store that this flow run is at work in this process.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    path = _notes(store) / f"{flow_run_id}.json"
    note = RunningNote(flow_run_id=flow_run_id, pid=os.getpid())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_beside(path)
        lock.acquire(timeout=0)
        _HELD.append(lock)
        # written in place: a run that already holds the store clears away temporary files
        path.write_text(sealed_text(note))
    except OSError as error:
        raise cannot_be_written(store, error) from error


def close_dead_runs(store: Path, *, say: Callable[[str], None]) -> int:
    """Set to Crashed what Prefect believes to run here in a dead process; return how many."""
    closed = 0
    for path in _noted(store):
        lock = _lock_beside(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:  # it waits for this store, or is telling Prefect its end
            continue
        try:
            note = _read(path)
        except DamagedFile:  # nothing is closed by what cannot be trusted
            say(f"damaged file {path.relative_to(store)}, set aside as {set_aside(path)}")
        else:
            closed += _close_noted(note, say)
            path.unlink()
        Path(lock.lock_file).unlink()
        lock.release()
    return closed


def close_own_run(store: Path) -> None:
    """Set to Crashed what this process runs in a store: it is about to end in the middle."""
    for note in _readable_notes(store):
        if note.pid == os.getpid():
            _close(note, f"Process {note.pid} was stopped by a signal in the middle of a task.")


def _read(path: Path) -> RunningNote:
    note = read_sealed(path, RunningNote)
    if str(note.flow_run_id) != path.stem:
        raise DamagedFile(f"{path} is the note of another run.", path)
    return note


def _close_noted(note: RunningNote, say: Callable[[str], None]) -> bool:
    message = f"Process {note.pid} died without a word; the next run in its store says so."
    closed = _close(note, message)
    if closed:
        say(f"the run {note.flow_run_id} of process {note.pid} was killed; closed as Crashed")
    return closed


def _close(note: RunningNote, message: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            state = client.read_flow_run(note.flow_run_id).state
        except ObjectNotFound:  # it ran against another server
            return False
        if state is None or state.is_final():
            return False
        client.set_flow_run_state(note.flow_run_id, Crashed(message=message), force=True)
        return True


def _readable_notes(store: Path) -> Iterator[RunningNote]:
    for path in _noted(store):
        try:
            yield _read(path)
        except DamagedFile:  # another process is writing or closing it
            continue


def _lock_beside(note: Path) -> FileLock:
    return FileLock(note.with_suffix(".lock"))


def _noted(store: Path) -> list[Path]:
    return [path for path in own_entries(store, "running") if path.suffix == ".json"]


def _notes(store: Path) -> Path:
    return store / "running"
