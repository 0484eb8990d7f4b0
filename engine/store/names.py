"""Which files in a store are the store's own: the one list of their names and places.

Cleaning, pruning and setting aside look at nothing else, so a file that a person put into a store
stays there. A symbolic link is never the store's own, so none leads out of it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from engine.store.files import is_left_behind

STORE_MARK = "digits-store.json"
OUTPUTS_MARK = "digits-outputs.json"
STAMP = r"\d{8}T\d{12}"  # a moment, to the microsecond
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# by their kind; a file of memory/ or champions/ is only removed by who knows its whole name
KINDS = {
    # champion.json and champion.jsonl are of earlier versions
    "whole store": rf"{re.escape(STORE_MARK)}|champions/[\w.+-]+\.jsonl|champion\.jsonl?"
    r"|challenger\.json|run\.lock|run\.holder\.json|answers\.sqlite(?:-journal)?",
    "objects": r"objects/([0-9a-f]{2})/\1[0-9a-f]{62}\.[a-z]+",
    "results": r"results/[\w-]+-[0-9a-f]{64}",
    "runs": rf"runs/{STAMP}-[0-9a-f]{{8}}\.json",
    "history": r"history/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{8}(?:\+[\w.+-]+)?\.json",
    "memory": r"memory/[\w-]+\.json",
    "running": rf"running/{UUID}\.(?:json|lock)",
    "champions": r"champions/[\w-]+\.json",
    "damaged": rf"damaged/{STAMP}-.+",
    # as tempfile.mkstemp names what engine.store.objects writes, before it is renamed
    "unfinished": r"(?:(?:objects|results|runs|history|memory|champions)/)?"
    r"\.writing-[a-z0-9_]{8}(?:\.[a-z]+)?",
}
NAMES = {kind: re.compile(pattern) for kind, pattern in KINDS.items()}
FOLDERS = re.compile(
    r"objects(?:/[0-9a-f]{2})?|results|runs|history|memory|running|champions|damaged"
)
# what an operating system puts into a folder unasked
SYSTEM_FILES = frozenset({".DS_Store", "lost+found"})


class Entry(NamedTuple):
    """What lies in a store under one name; `kind` is None where the store did not make it."""

    path: Path
    kind: str | None
    is_file: bool


def entries(store: Path, folder: str = "") -> Iterator[Entry]:
    """Look through a store, or one of its folders; a folder of another name is one entry."""
    if folder and (store / folder).is_symlink():
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(store / folder) as found:
        for each in found:
            name = f"{folder}/{each.name}" if folder else each.name
            is_link = each.is_symlink()
            if FOLDERS.fullmatch(name) and each.is_dir() and not is_link:
                yield from entries(store, name)
            elif each.name not in SYSTEM_FILES:
                kind = None if is_link else _kind_of(name)
                yield Entry(Path(each.path), kind, each.is_file() and not is_link)


def own_entries(store: Path, kind: str) -> list[Path]:
    """Return what the store made in one of its folders, in the order of the names."""
    return sorted(each.path for each in entries(store, kind) if each.kind == kind)


def remove_unfinished(store: Path) -> int:
    """Delete the temporary files that a killed writer left; return how many there were.

    Only the holder of the store's lock may call this: then only workers of a run that was killed
    may still write, and what they write stays.
    """
    unfinished = (each for each in entries(store) if each.kind == "unfinished" and each.is_file)
    left = [each.path for each in unfinished if is_left_behind(each.path)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _kind_of(name: str) -> str | None:
    return next((kind for kind, names in NAMES.items() if names.fullmatch(name)), None)
