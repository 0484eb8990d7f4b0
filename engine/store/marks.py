"""A folder is used only if it is this project's own: it is new, or it holds our mark.

The mark is a small file. A folder of an earlier version, which had no marks, is given one if
nothing else lies in it. Any other folder is refused before anything in it is touched.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from engine.errors import StoreError
from engine.store.files import write_atomically
from engine.store.names import OUTPUTS_MARK, STORE_MARK, SYSTEM_FILES, entries
from engine.store.sealed import is_sealed

FORMAT = 1  # of what lies in the folder; a later version may raise it
MOST_NAMED = 5
LATEST, INDEX = "latest", "index.html"  # the newest run, and the page of all runs
SEALED = frozenset({"runs", "history", "memory", "running", "champions", "whole store"})
# what a run, `make nightly`, `make reliability` and the benchmarks leave in --output-dir
OUTPUTS = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[a-z0-9_-]+-[0-9a-f]{8}|nightly|reliability|benchmark|growth"
    rf"|nights|\.reproduce-\w+|\.trial-\d+|\.writing-[a-z0-9_]{{8}}(?:\.json|\.html)?"
    rf"|{LATEST}|\.{LATEST}-\d+|{re.escape(INDEX)}"
    rf"|{re.escape(OUTPUTS_MARK)}"
)


@dataclass(frozen=True, slots=True)
class Use:
    """What a folder is used for: its mark, the option that names it, and how to know it.

    `strangers` gives what lies in a folder and is not ours, as names below it, and whether
    anything there proves that it is ours.
    """

    name: str
    mark: str
    option: str
    look: Callable[[Path], tuple[list[str], bool]]


def take_folder(folder: Path, use: Use) -> None:
    """Make a folder and mark it, unless it is marked already; refuse one that is not ours.

    Raises
    ------
    StoreError
        If it holds files that are not ours, or cannot be written.
    """
    is_new = not is_marked(folder, use)
    try:
        if is_new:
            write_atomically(folder / use.mark, lambda file: file.write(mark_of(use)))
        with TemporaryFile(dir=folder):
            pass
    except (OSError, StoreError) as error:
        cause = error.__cause__ if isinstance(error, StoreError) else error
        raise StoreError(
            f"Asked to use {folder} as the {use.name}; it cannot be written: "
            f"{getattr(cause, 'strerror', None) or cause}. Name another folder with {use.option}, "
            "or give yourself permission to write in this one."
        ) from error


def mark_of(use: Use) -> bytes:
    """Return the content of a mark: what the folder is for, and the format of what lies in it."""
    what = f"the {use.name} of digits-every-night"
    return (json.dumps({"what": what, "format": FORMAT}) + "\n").encode()


def is_marked(folder: Path, use: Use) -> bool:
    """Return whether a folder has its mark; False if it may be given one. Writes nothing.

    Raises
    ------
    StoreError
        If the folder is not ours, or of a later version.
    """
    found = _format_of(folder / use.mark)
    is_folder = os.path.isdir(folder)  # noqa: PTH112 - False for a name that is too long, too
    if not is_folder and os.path.lexists(folder):
        raise StoreError(
            f"Asked to use {folder} as the {use.name}; it is no folder. Name another one with "
            f"{use.option}."
        )
    if found is None and is_folder:
        strangers, is_known = _look(folder, use)
        found = _format_of(folder / use.mark)  # another run may have marked it meanwhile
        if found is None and (strangers or not is_known):
            raise StoreError(_refusal(folder, use, strangers))
    if found is not None and found > FORMAT:
        raise StoreError(
            f"Asked to use {folder} as the {use.name}; a later version of this project made it "
            f"(format {found}, this version knows {FORMAT}). Use that version, or name another "
            f"folder with {use.option}."
        )
    return found is not None


def _look(folder: Path, use: Use) -> tuple[list[str], bool]:
    try:
        return use.look(folder)
    except OSError as error:
        raise StoreError(
            f"Asked to use {folder} as the {use.name}; it cannot be read: "
            f"{error.strerror or error}. Name another folder with {use.option}, or give yourself "
            "permission to read this one."
        ) from error


def _refusal(folder: Path, use: Use, strangers: list[str]) -> str:
    names = sorted(strangers)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    found = (
        f"holds what this project did not write: {', '.join(map(repr, names[:MOST_NAMED]))}{more}"
        if names
        else "holds files with names like ours, but none that this project surely wrote"
    )
    return (
        f"Asked to use {folder} as the {use.name}; it is not empty, has no mark ({use.mark}) and "
        f"{found}. Nothing in it was changed. Name an empty or a new folder with {use.option}, "
        f"such as {folder / 'digits'}, or move what is not the project's elsewhere."
    )


def _format_of(mark: Path) -> int | None:
    try:
        return int(json.loads(mark.read_bytes())["format"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # there is none, or it is damaged: then the other files tell


def _look_into_store(folder: Path) -> tuple[list[str], bool]:
    found = list(entries(folder))
    strangers = [str(each.path.relative_to(folder)) for each in found if each.kind is None]
    whole = [each for each in found if each.kind not in {None, "unfinished"}]
    if strangers or not whole:
        return strangers, True
    return [], any(is_sealed(each.path) for each in whole if each.kind in SEALED)


def _look_into_outputs(folder: Path) -> tuple[list[str], bool]:
    names = [path.name for path in folder.iterdir() if path.name not in SYSTEM_FILES]
    strangers = [
        name
        for name in names
        if not OUTPUTS.fullmatch(name) and not (folder / name / STORE_MARK).is_file()
    ]
    return strangers, True  # nothing in it is ever removed, so the names are enough


STORE = Use("store", STORE_MARK, "--store-dir", _look_into_store)
OUTPUT_FOLDER = Use("folder of reports", OUTPUTS_MARK, "--output-dir", _look_into_outputs)
