"""Which results each run used: one small sealed file a run, in the store's ``runs/``.

Without it nobody could tell which results are still wanted. A key is written down before its
step runs, so that a run killed at any moment has left no result that its record does not name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from engine.errors import DamagedFile, StoreError
from engine.records import Record
from engine.store.files import set_aside
from engine.store.names import own_entries
from engine.store.sealed import read_sealed, write_sealed


class RunRecord(Record):
    """One run of any flow in a store, and the cache keys of the results it used.

    Times are ISO 8601 with their offset; `ended` is None while the run is at work, and stays
    so if it stopped before its end. `number` counts the runs of a store: it says which came
    last, whatever the clock said. The last runs of each `series` are kept, such as those on one
    data set. Records of an earlier version have 0 and no series.
    """

    flow_run_id: str
    flow: str
    number: int = 0
    series: str = ""
    started: str
    ended: str | None = None
    keys: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of its file: when the run started, and which it was."""
        started = datetime.fromisoformat(self.started).astimezone(UTC)
        return f"{started:%Y%m%dT%H%M%S%f}-{self.flow_run_id[:8]}.json"


class KeptRecord(NamedTuple):
    """A run's record and the file it was read from."""

    path: Path
    record: RunRecord


class RunLog:
    """Writes down what a run uses, while it is at work."""

    def __init__(self, store: Path, record: RunRecord) -> None:
        self._record = record
        self._path = records_folder(store) / record.file_name
        self._write()

    def __call__(self, key: str, *, stored: bool) -> None:
        """Note the key of a step that is about to begin.

        A result that is already `stored` is in the record of the run that made it; it is
        written down here with the next one that is not, or at the end.
        """
        if key not in self._record.keys:
            keys = (*self._record.keys, key)
            self._record = self._record.model_copy(update={"keys": keys})
        if not stored:
            self._write()

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the results the run has used so far."""
        return frozenset(self._record.keys)

    def close(self, *, ended: bool) -> None:
        """Write everything down, and that the run came to its end, if it did."""
        now = datetime.now(UTC).isoformat() if ended else None
        self._record = self._record.model_copy(update={"ended": now})
        self._write()

    def _write(self) -> None:
        write_sealed(self._path, self._record)


@contextmanager
def recorded(store: Path, flow_run_id: UUID, flow: str, series: str = "") -> Iterator[RunLog]:
    """Keep a record of a run while it is at work, and of whether it came to its end."""
    started = datetime.now(UTC).isoformat()
    number = 1 + max((each.record.number for each in read_records(store)[0]), default=0)
    record = RunRecord(
        flow_run_id=str(flow_run_id), flow=flow, number=number, series=series, started=started
    )
    log = RunLog(store, record)
    try:
        yield log
    except BaseException:
        with suppress(StoreError):  # what stopped the run is what is told
            log.close(ended=False)
        raise
    log.close(ended=True)


def read_records(store: Path) -> tuple[tuple[KeptRecord, ...], tuple[Path, ...]]:
    """Return the records of a store's runs, oldest first, and the damaged ones' files."""
    whole, damaged = [], []
    for path in own_entries(store, "runs"):
        try:
            record = read_sealed(path, RunRecord)
        except DamagedFile:
            damaged.append(path)
            continue
        if record.file_name == path.name:
            whole.append(KeptRecord(path, record))
        else:
            damaged.append(path)  # another run's record under this name
    whole.sort(key=lambda each: each.record.number)  # those of an earlier version by their names
    return tuple(whole), tuple(damaged)


def set_aside_damaged_records(store: Path, *, say: Callable[[str], None]) -> None:
    """Move records that are not what was written to where a person can look at them.

    Only the holder of the store's lock may call this. What such a record named stays in the
    store for a while as results that no record names.
    """
    _, damaged = read_records(store)
    for path in damaged:
        say(f"damaged file {path.relative_to(store)}, set aside as {set_aside(path)}")


def records_folder(store: Path) -> Path:
    """Return the folder of the runs' records."""
    return store / "runs"
