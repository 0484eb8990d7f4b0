"""The champions in use, one for each data set: read, put into use, and taken out of it.

A record is written before the log of its data set names it, and each is replaced atomically, so
that a kill at any moment leaves the old champion or the new one. The log is there before the
first record: a data set with records and no log has lost it, and no run may take it for a new one.
"""

from datetime import UTC, datetime
from pathlib import Path

from engine.errors import DamagedFile, PlainError
from engine.store.files import set_aside
from engine.store.location import store_root
from engine.store.sealed import write_sealed, write_sealed_lines
from tasks.champion.earlier import is_earlier, leave_earlier, log_from_earlier
from tasks.champion.files import (
    earlier_log,
    earlier_pointer,
    entry_path,
    log_path,
    logged_datasets,
    read_entry,
    recorded_datasets,
    whole_entries,
)
from tasks.champion.log import (
    Event,
    Standing,
    log_from_records,
    read_log,
    standing_of,
    with_event,
    with_promotion,
    with_rollback,
)
from tasks.champion.records import Champion

KEPT_BEFORE = 1  # champions before the present one: what a rollback needs


class ChampionError(PlainError):
    """The champion cannot be read or moved; it stays as it is."""


def datasets() -> tuple[str, ...]:
    """Return the names of the data sets that have or had a champion, sorted."""
    return tuple(sorted(logged_datasets() | {*filter(None, recorded_datasets().values())}))


def read_champion(dataset: str) -> Champion | None:
    """Return the champion in use on a data set, every file it needs checked; None without one.

    Raises
    ------
    ChampionError
        If the log, the record or a file it refers to is damaged, or the log was lost.
    """
    name = read_standing(dataset).in_use
    if name is None:
        return None
    try:
        return read_entry(name)
    except DamagedFile as error:
        raise _unusable(dataset, error) from error


def read_standing(dataset: str) -> Standing:
    """Return what the log says: the champion in use, those before it, those taken back.

    Raises
    ------
    ChampionError
        If the log is damaged or was lost.
    """
    return standing_of(_log(dataset))


def read_history(dataset: str) -> tuple[Champion, ...]:
    """Return every champion of a data set whose record and files are whole, oldest first."""
    whole = whole_entries(dataset)
    return tuple(whole[name] for name in recorded_names(dataset) if name in whole)


def recorded_names(dataset: str) -> tuple[str, ...]:
    """Return the names of a data set's champions that still have a record, oldest first."""
    found = [name for name, of in recorded_datasets().items() if of in {dataset, None}]
    try:
        return tuple(name for name in read_standing(dataset).models if name in found)
    except ChampionError:
        return tuple(found)


def outdated_records() -> frozenset[Path]:
    """Return the records of champions that those in use followed long ago.

    What a rollback needs stays, and so does what was rolled back: its digest keeps it from coming
    back by itself. If a log cannot be read, no record of its data set is outdated.
    """
    found: set[Path] = set()
    for dataset in datasets():
        try:
            line = read_standing(dataset).line
        except ChampionError:
            continue
        found.update(entry_path(name) for name in line[1 + KEPT_BEFORE :])
    return frozenset(found)


def crown(challenger: Champion) -> Champion:
    """Make a challenger the champion of its data set.

    Returns
    -------
    Champion
        The record as it is kept, with the name of the champion before it.

    Raises
    ------
    ChampionError
        If the present champion cannot be read.
    StoreError
        If the store cannot be written; the champion is then the old one.
    """
    dataset = challenger.dataset_name
    present = read_champion(dataset)
    new = challenger.model_copy(update={"previous": present.name if present else None})
    log = _log(dataset) or with_event((), "begun", _now())
    if not log_path(dataset).exists():
        _write(dataset, log)
    write_sealed(entry_path(new.name), new)
    _write(dataset, with_promotion(log, new, _now()))
    return new


def retire(dataset: str) -> Path | None:
    """Take a champion out of use, so that the next run that meets the goal begins anew.

    Returns
    -------
    Path or None
        Where a damaged log now lies; None if it was whole or lost.
    """
    try:
        if read_standing(dataset).in_use is not None:
            _write(dataset, with_event(_log(dataset), "retired", _now()))
    except ChampionError:
        return _write_anew(dataset, None)
    return None


def point_at(champion: Champion) -> None:
    """Put a champion of the history of its data set into use again.

    A damaged log is set aside first, where a person can look at it, and written anew from the
    records.
    """
    dataset = champion.dataset_name
    try:
        _write(dataset, with_rollback(_log(dataset), champion.name, _now()))
    except ChampionError:
        _write_anew(dataset, champion)


def _log(dataset: str) -> tuple[Event, ...]:
    try:
        return _read_or_rebuild_log(dataset)
    except DamagedFile as error:
        raise _unusable(dataset, error) from error


def _read_or_rebuild_log(dataset: str) -> tuple[Event, ...]:
    path = log_path(dataset)
    if path.exists():
        return read_log(path)
    if is_earlier():
        return log_from_earlier(dataset)
    if n_records := [*recorded_datasets().values()].count(dataset):
        raise DamagedFile(f"{path} is missing, but {path.parent} holds {n_records} record(s).")
    return ()


def _write(dataset: str, log: tuple[Event, ...]) -> None:
    """Write a log, and after an earlier version those of all other data sets as well."""
    others = {*datasets()} - {dataset} - logged_datasets() if is_earlier() else ()
    logs = {each: _log(each) for each in others} | {dataset: log}
    for each, events in logs.items():
        write_sealed_lines(log_path(each), events)
    leave_earlier()


def _write_anew(dataset: str, in_use: Champion | None) -> Path | None:
    """Write a log from the records; return where the damaged one now lies, if there was one."""
    log = log_from_records(whole_entries(dataset).values(), in_use, _now())
    damaged = (log_path(dataset), earlier_log(), earlier_pointer())
    kept = next(filter(None, map(set_aside, damaged)), None)
    _write(dataset, log)
    return kept


def _unusable(dataset: str, error: DamagedFile) -> ChampionError:
    return ChampionError(
        f"The champion of {dataset} in {store_root()} cannot be used and stays as it is: {error} "
        "Put one back into use with `python -m flows.champion rollback NAME` (`python -m "
        "flows.champion` shows them), or begin anew with `python -m flows.champion retire "
        f"--dataset {dataset}`."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
