"""Where champions lie in a store: a log for each data set, and the record of each champion."""

from pathlib import Path

from pydantic import ConfigDict

from engine.errors import DamagedFile
from engine.records import Record
from engine.store.location import store_root
from engine.store.sealed import read_sealed
from tasks.champion.records import Champion


def log_path(dataset: str) -> Path:
    """Return the file that says which model is in use on a data set."""
    return store_root() / "champions" / f"{dataset}.jsonl"


def entry_path(name: str) -> Path:
    """Return the file of one champion's record."""
    return store_root() / "champions" / f"{name}.json"


def earlier_log() -> Path:
    """Return the log of an earlier version, one for all data sets."""
    return store_root() / "champion.jsonl"


def earlier_pointer() -> Path:
    """Return what version 1.0.0 had for a log: the whole record of the champion in use."""
    return store_root() / "champion.json"


class Label(Record):
    """The part of a champion's record that says which it is; no other file is looked at."""

    model_config = ConfigDict(extra="ignore")

    name: str
    dataset_name: str


def logged_datasets() -> set[str]:
    """Return the data sets that have a log."""
    return {path.stem for path in log_path("x").parent.glob("*.jsonl")}


def recorded_datasets() -> dict[str, str | None]:
    """Return each recorded champion's data set by its name, sorted; None for a damaged record."""
    found: dict[str, str | None] = {}
    for path in (*sorted(entry_path("x").parent.glob("*.json")), earlier_pointer()):
        try:
            label = read_sealed(path, Label)
            found[label.name] = label.dataset_name
        except DamagedFile:
            if path != earlier_pointer():
                found[path.stem] = None
    return found


def read_entry(name: str) -> Champion:
    """Return a champion's record, every file it refers to checked.

    Raises
    ------
    DamagedFile
        If it, or such a file, is not what was stored.
    """
    try:
        record = read_sealed(entry_path(name), Champion)
    except DamagedFile:  # a killed run of version 1.0.0 has left it in the other place alone
        if not earlier_pointer().exists():
            raise
        record = read_sealed(earlier_pointer(), Champion)
    if record.name != name:
        raise DamagedFile(f"{entry_path(name)} is the record of another champion.")
    return record


def whole_entries(dataset: str) -> dict[str, Champion]:
    """Return the records of a data set's champions by their names, without the damaged ones."""
    found = {}
    for name, of in recorded_datasets().items():
        try:
            if of == dataset:
                found[name] = read_entry(name)
        except DamagedFile:
            continue  # its objects were pruned or damaged: nothing to go back to
    return found
