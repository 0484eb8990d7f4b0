"""Write the files of a run's own folder, and of the folder of all runs' reports."""

import os
from pathlib import Path

from engine.errors import PlainError, StoreError
from engine.store.files import write_atomically
from engine.store.marks import OUTPUT_FOLDER, is_marked, mark_of


class OutputError(PlainError):
    """The folder of a run's reports could not be written."""


def keep_output(path: Path, content: bytes) -> None:
    """Write a file of a run's own folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder cannot be written or has no room.
    """
    try:
        write_atomically(path, lambda file: file.write(content))
    except StoreError as error:
        reason = getattr(error.__cause__, "strerror", None) or error.__cause__
        raise OutputError(
            f"Cannot write {path}: {reason}. Give the reports a folder with room and write "
            "permission (--output-dir) and run the same command again: what was computed is kept."
        ) from error


def require_outputs(folder: Path) -> Path:
    """Mark the folder of all runs' reports and try to write in it, before anything is computed.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    StoreError
        If it holds what is not this project's.
    OutputError
        If it cannot be written: a run would move the champion and could not say so.
    """
    place = folder.expanduser().resolve()
    if not is_marked(place, OUTPUT_FOLDER):
        keep_output(place / OUTPUT_FOLDER.mark, mark_of(OUTPUT_FOLDER))
    trial = place / f".trial-{os.getpid()}"
    keep_output(trial, b"")
    trial.unlink(missing_ok=True)
    return place
