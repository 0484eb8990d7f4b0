"""The champion in use: one pointer file, and beside it every champion there ever was.

The pointer holds the champion's whole record and is replaced atomically, so that a kill at
any moment leaves the old champion or the new one. The history is written after it and made
whole from it; nothing is ever decided by a history file that the pointer does not lead to.
"""

from pathlib import Path

from flows.sealed_file import read_sealed, write_sealed
from tasks.errors import DamagedFile, PlainError
from tasks.location import store_root
from tasks.promotion_records import Champion
from tasks.store import set_aside


class ChampionError(PlainError):
    """The champion cannot be read or moved; it stays as it is."""


def pointer_path() -> Path:
    """Return the one file that says which model is in use."""
    return store_root() / "champion.json"


def entry_path(name: str) -> Path:
    """Return the history's file of one champion."""
    return store_root() / "champions" / f"{name}.json"


def read_champion() -> Champion | None:
    """Return the champion in use, every file it needs checked; None if there is none yet.

    Raises
    ------
    ChampionError
        If its record or a file it refers to is damaged.
    """
    path = pointer_path()
    if not path.exists():
        return None
    try:
        return read_sealed(path, Champion)
    except DamagedFile as error:
        raise ChampionError(
            f"The champion in {path} cannot be used and stays as it is: {error} Go back to the "
            "one before it with `python -m flows.champion rollback`, or take it out of use with "
            "`python -m flows.champion retire`."
        ) from error


def read_history() -> tuple[Champion, ...]:
    """Return every champion there was whose record and files are whole, oldest first."""
    found = []
    for path in sorted(entry_path("x").parent.glob("*.json")):
        try:
            entry = read_sealed(path, Champion)
        except DamagedFile:
            continue  # its objects were pruned or damaged: nothing to go back to
        if entry.name == path.stem:  # else another one's file was put in its place
            found.append(entry)
    return tuple(found)


def taken_back(champion: Champion | None, history: tuple[Champion, ...]) -> frozenset[str]:
    """Return the digests of models that followed this champion or its line and were rolled back."""
    line = {each.name for each in lineage(champion, history)}
    models = {each.model_sha256 for each in lineage(champion, history)}
    after = {
        each.model_sha256
        for each in history
        if each.name not in line and line & {e.name for e in lineage(each, history)}
    }
    return frozenset(after - models)


def lineage(champion: Champion | None, history: tuple[Champion, ...]) -> tuple[Champion, ...]:
    """Return the champion and those it followed, newest first."""
    by_name = {each.name: each for each in history}
    line: list[Champion] = []
    while champion is not None and champion not in line:
        line.append(champion)
        champion = by_name.get(champion.previous or "")
    return tuple(line)


def crown(challenger: Champion) -> Champion:
    """Make a challenger the champion.

    The present champion's history file is made sure of first, for it is what a rollback needs.

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
    if present is not None:
        _keep(present)
    new = challenger.model_copy(update={"previous": present.name if present else None})
    write_sealed(pointer_path(), new)
    _keep(new)
    return new


def retire() -> Path | None:
    """Take the champion out of use, so that the next run that meets the goal begins anew.

    Returns
    -------
    Path or None
        Where a damaged pointer now lies; None if it was whole, and the history has it.
    """
    try:
        present = read_champion()
    except ChampionError:
        return set_aside(pointer_path())
    if present is not None:
        _keep(present)
        pointer_path().unlink()
    return None


def one_before(name: str | None = None) -> Champion:
    """Return the champion that a rollback puts back into use.

    It is the one named, or the one before the present champion. If the present one's record is
    damaged, nothing says which models were taken back by hand: then only the sole whole one is
    chosen unasked.

    Raises
    ------
    ChampionError
        If there is none, or a person has to choose.
    """
    history = read_history()
    if name is not None:
        return _named(name, history)
    try:
        present = read_champion()
    except ChampionError:
        if len(history) == 1:
            return history[0]
        if history:
            raise ChampionError(
                f"Asked for the champion before the present one; {pointer_path()} is damaged, so "
                f"which one that is cannot be known. {_choice_of(history)} Nothing was changed."
            ) from None
        raise ChampionError(
            f"Asked for the champion before the present one; {pointer_path()} is damaged and "
            "there is no whole one in the history. Take it out of use with `python -m "
            "flows.champion retire`; the next run that meets the goal becomes the champion."
        ) from None
    line = lineage(present, history)
    if len(line) > 1:
        return line[1]
    if present is None and history:
        raise ChampionError(
            "Asked for the champion before the present one; no champion is in use. "
            f"{_choice_of(history)} Nothing was changed."
        )
    found = "it is the first one" if present else "there is no champion at all"
    if present and present.previous:
        found = f"the one before it, {present.previous}, is no longer stored whole"
    raise ChampionError(
        f"Asked for the champion before the present one; {found}. Nothing was changed."
    )


def point_at(champion: Champion) -> None:
    """Put a champion of the history into use again; the history keeps the present one.

    A damaged pointer is set aside first, where a person can look at it.
    """
    try:
        read_champion()
    except ChampionError:
        set_aside(pointer_path())
    write_sealed(pointer_path(), champion)


def _named(name: str, history: tuple[Champion, ...]) -> Champion:
    for each in history:
        if each.name == name:
            return each
    choice = _choice_of(history) if history else "There is no whole one in the history."
    raise ChampionError(
        f"Asked for the champion {name}; the history has no whole one of this name. {choice} "
        "Nothing was changed."
    )


def _choice_of(history: tuple[Champion, ...]) -> str:
    return (
        "Name the one to use with `python -m flows.champion rollback NAME`: "
        f"{', '.join(each.name for each in reversed(history))} (newest first)."
    )


def _keep(champion: Champion) -> None:
    path = entry_path(champion.name)
    if not _holds(path, champion):
        set_aside(path)  # damaged, or another one's
        write_sealed(path, champion)


def _holds(path: Path, champion: Champion) -> bool:
    try:
        return read_sealed(path, Champion) == champion
    except DamagedFile:
        return False
