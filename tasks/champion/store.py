"""The champion in use: a log that names it, and the record of every champion there ever was.

A record is written before the log names it, and each is replaced atomically, so that a kill at
any moment leaves the old champion or the new one. The log is there before the first record: a
store with records and no log has lost it, and no run may take it for a new one.
"""

from datetime import UTC, datetime
from pathlib import Path

from engine.errors import DamagedFile, PlainError
from engine.store.files import set_aside
from engine.store.location import store_root
from engine.store.sealed import read_sealed, write_sealed, write_sealed_lines
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


class ChampionError(PlainError):
    """The champion cannot be read or moved; it stays as it is."""


def log_path() -> Path:
    """Return the file that says which model is in use."""
    return store_root() / "champion.jsonl"


def earlier_pointer() -> Path:
    """Return the file by which an earlier version said it: the champion's whole record."""
    return store_root() / "champion.json"


def entry_path(name: str) -> Path:
    """Return the file of one champion's record."""
    return store_root() / "champions" / f"{name}.json"


def read_champion() -> Champion | None:
    """Return the champion in use, every file it needs checked; None if there is none.

    Raises
    ------
    ChampionError
        If the log, the record or a file it refers to is damaged, or the log was lost.
    """
    name = read_standing().in_use
    if name is None:
        return None
    try:
        return _record(earlier_pointer()) if _is_earlier() else _entry(name)
    except DamagedFile as error:
        raise _unusable(error) from error


def read_standing() -> Standing:
    """Return what the log says: the champion in use, those before it, those taken back.

    Raises
    ------
    ChampionError
        If the log is damaged or was lost.
    """
    return standing_of(_log())


def read_history() -> tuple[Champion, ...]:
    """Return every champion there was whose record and files are whole, oldest first."""
    whole = _whole_records()
    return tuple(whole[name] for name in recorded_names() if name in whole)


def recorded_names() -> tuple[str, ...]:
    """Return the names of the champions that still have a record, oldest first."""
    found = [path.stem for path in _record_paths()]
    try:
        return tuple(name for name in read_standing().models if name in found)
    except ChampionError:
        return tuple(found)


def crown(challenger: Champion) -> Champion:
    """Make a challenger the champion.

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
    present = read_champion()
    new = challenger.model_copy(update={"previous": present.name if present else None})
    log = _log_on_disk()
    write_sealed(entry_path(new.name), new)
    _write(with_promotion(log, new, _now()))
    return new


def retire() -> Path | None:
    """Take the champion out of use, so that the next run that meets the goal begins anew.

    Returns
    -------
    Path or None
        Where a damaged log now lies; None if it was whole or lost.
    """
    try:
        if read_standing().in_use is not None:
            _write(with_event(_log_on_disk(), "retired", _now()))
    except ChampionError:
        kept = _set_damaged_aside()
        _write(log_from_records(_whole_records().values(), None, _now()))
        return kept
    return None


def point_at(champion: Champion) -> None:
    """Put a champion of the history into use again.

    A damaged log is set aside first, where a person can look at it, and written anew from the
    records.
    """
    try:
        _write(with_rollback(_log_on_disk(), champion.name, _now()))
    except ChampionError:
        _set_damaged_aside()
        _write(log_from_records(_whole_records().values(), champion, _now()))


def one_before(name: str | None = None) -> Champion:
    """Return the champion that a rollback puts back into use.

    It is the one named, or the one before the present champion. Without a log nothing says which
    models were taken back by hand: then only the sole whole one is chosen unasked.

    Raises
    ------
    ChampionError
        If there is none, or a person has to choose.
    """
    history = read_history()
    whole = {each.name: each for each in history}
    if name in whole:
        return whole[name]
    choice = _choice_of(history)
    if name is not None:
        found = f"the history has no whole one of this name. {choice}"
        raise ChampionError(f"Asked for the champion {name}; {found} Nothing was changed.")
    try:
        standing = read_standing()
    except ChampionError as error:
        if len(history) == 1:
            return history[0]
        found = f"which one that is cannot be known: {error.__cause__} {choice}"
    else:
        before = standing.line[1:2]
        if before and before[0] in whole:
            return whole[before[0]]
        if standing.in_use is None:
            found = f"no champion is in use. {choice}"
        elif before:
            found = f"the one before it, {before[0]}, is no longer stored whole."
        else:
            found = "it is the first one."
    raise ChampionError(
        f"Asked for the champion before the present one; {found} Nothing was changed."
    )


def _choice_of(history: tuple[Champion, ...]) -> str:
    if not history:
        return (
            "There is no whole one in the history. Begin anew with `python -m flows.champion "
            "retire`; the next run that meets the goal becomes the champion."
        )
    return (
        "Name the one to use with `python -m flows.champion rollback NAME`: "
        f"{', '.join(each.name for each in reversed(history))} (newest first)."
    )


def _log() -> tuple[Event, ...]:
    try:
        return _read_or_rebuild_log()
    except DamagedFile as error:
        raise _unusable(error) from error


def _read_or_rebuild_log() -> tuple[Event, ...]:
    if log_path().exists():
        return read_log(log_path())
    if _is_earlier():
        present = _record(earlier_pointer())
        known = _whole_records() | {present.name: present}
        return log_from_records(known.values(), present, present.time)
    if records := _record_paths():
        raise DamagedFile(
            f"{log_path()} is missing, but {records[0].parent} holds {len(records)} record(s)."
        )
    return ()


def _log_on_disk() -> tuple[Event, ...]:
    """Return the log, written if there was none, with the record that the earlier pointer held."""
    log = _log() or with_event((), "begun", _now())
    if _is_earlier():
        present = _record(earlier_pointer())
        if _whole_records().get(present.name) != present:
            set_aside(entry_path(present.name))
            write_sealed(entry_path(present.name), present)
    if not log_path().exists():
        _write(log)
    return log


def _write(log: tuple[Event, ...]) -> None:
    write_sealed_lines(log_path(), log)
    earlier_pointer().unlink(missing_ok=True)  # what it said is in the log


def _set_damaged_aside() -> Path | None:
    return set_aside(log_path()) or set_aside(earlier_pointer())


def _unusable(error: DamagedFile) -> ChampionError:
    return ChampionError(
        f"The champion in {store_root()} cannot be used and stays as it is: {error} Put one back "
        "into use with `python -m flows.champion rollback NAME` (`python -m flows.champion` shows "
        "them), or begin anew with `python -m flows.champion retire`."
    )


def _is_earlier() -> bool:
    return earlier_pointer().exists() and not log_path().exists()


def _whole_records() -> dict[str, Champion]:
    found = {}
    for path in _record_paths():
        try:
            found[path.stem] = _entry(path.stem)
        except DamagedFile:
            continue  # its objects were pruned or damaged: nothing to go back to
    return found


def _record_paths() -> list[Path]:
    return sorted(entry_path("x").parent.glob("*.json"))


def _entry(name: str) -> Champion:
    record = _record(entry_path(name))
    if record.name != name:
        raise DamagedFile(f"{entry_path(name)} is the record of another champion.")
    return record


def _record(path: Path) -> Champion:
    return read_sealed(path, Champion)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
