"""What earlier versions kept: one champion, whatever the data set.

It is only read; each data set has a log of its own as soon as one of them is written.
"""

from engine.store.sealed import read_sealed, write_sealed
from tasks.champion.files import (
    earlier_log,
    earlier_pointer,
    entry_path,
    recorded_datasets,
    whole_entries,
)
from tasks.champion.log import Event, log_from_records, read_log, with_event
from tasks.champion.records import Champion


def is_earlier() -> bool:
    """Return whether an earlier version has made the store, and no log was written since."""
    return earlier_log().exists() or earlier_pointer().exists()


def log_from_earlier(dataset: str) -> tuple[Event, ...]:
    """Return the log of one data set.

    The one champion followed those of every data set, so all events count. Another data set than
    its own has no champion in use.

    Raises
    ------
    DamagedFile
        If what the earlier version kept is damaged.
    """
    if not earlier_log().exists():
        present, whole = read_sealed(earlier_pointer(), Champion), whole_entries(dataset)
        return log_from_records(whole.values(), whole.get(present.name), present.time)
    log = read_log(earlier_log())
    is_in_use = recorded_datasets().get(log[-1].name) in {dataset, None}
    return log if is_in_use else with_event(log, "retired", log[-1].time)


def leave_earlier() -> None:
    """Remove what an earlier version kept; every data set has its own log."""
    if earlier_pointer().exists() and not earlier_log().exists():
        present = read_sealed(earlier_pointer(), Champion)
        write_sealed(entry_path(present.name), present)
    earlier_log().unlink(missing_ok=True)
    earlier_pointer().unlink(missing_ok=True)
