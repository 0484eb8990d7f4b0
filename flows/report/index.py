"""The folder of all runs' reports: its page of runs, and its link to the newest."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artifacts.page.index import RunRow, RunSummary, index_page
from artifacts.text import percent
from engine.store.marks import INDEX, LATEST
from flows.report.files import keep_output

SUMMARY = "summary.json"
_RUN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<hour>\d\d)-(?P<minute>\d\d)-\d\d-(?P<name>[A-Za-z0-9_.+-]+)-[0-9a-f]{8}"
)


def keep_summary(folder: Path, summary: RunSummary) -> None:
    """Write a run's line, name the run as the latest, and write the page of all runs again.

    Parameters
    ----------
    folder : Path
        The run's own folder, in which its report lies already.

    Raises
    ------
    OutputError
        If the folder cannot be written or has no room.
    """
    keep_output(folder / SUMMARY, (summary.model_dump_json(indent=2) + "\n").encode())
    _name_latest(folder)
    keep_output(
        folder.parent / INDEX, index_page(str(folder.parent), list(_rows(folder.parent))).encode()
    )


def _name_latest(folder: Path) -> None:
    """Point to the run's folder: by a link, or where there are none by a file with its name."""
    latest, made = folder.parent / LATEST, folder.parent / f".{LATEST}-{os.getpid()}"
    if latest.is_dir() and not latest.is_symlink():
        return  # a person copied the folder and with it what the link led to
    try:
        made.unlink(missing_ok=True)
        made.symlink_to(folder.name, target_is_directory=True)
        made.replace(latest)
    except (OSError, NotImplementedError):
        with suppress(OSError):
            made.unlink(missing_ok=True)
        keep_output(latest, f"{folder.name}\n".encode())


def _rows(outputs: Path) -> Iterator[RunRow]:
    for folder in sorted(outputs.iterdir(), reverse=True):
        named = _RUN.fullmatch(folder.name)
        if named and folder.is_dir() and not folder.is_symlink():
            yield RunRow(
                folder=folder.name,
                started=f"{named['day']}\u00a0{named['hour']}:{named['minute']}",
                has_report=(folder / "report.html").is_file(),
                summary=_summary_of(folder, named["name"]),
            )


def _summary_of(folder: Path, name: str) -> RunSummary:
    """Read a run's line; one of an earlier version has none, and its facts are read instead."""
    with suppress(OSError, ValidationError):
        return RunSummary.model_validate_json((folder / SUMMARY).read_bytes())
    for file, read in _EARLIER.items():
        with suppress(OSError, ValueError, KeyError, TypeError):
            return read(json.loads((folder / file).read_bytes()))
    is_stopped = (folder / "report.html").is_file()
    return RunSummary(dataset=name, verdict="stopped" if is_stopped else "not ended")


def _of_whole_run(facts: dict[str, Any]) -> RunSummary:
    evaluation = facts["evaluation"]
    winner = facts["fitted"]["candidate"]["title"]
    return RunSummary(
        dataset=facts["dataset"]["title"],
        verdict=facts["verdict"],
        headline=f"{winner} {percent(evaluation['accuracy']['value'])}",
        champion=facts["promotion"]["outcome"].removeprefix("statistically "),
    )


_EARLIER: dict[str, Callable[[dict[str, Any]], RunSummary]] = {
    "evaluation.json": _of_whole_run,
    "parity.json": lambda facts: RunSummary(
        dataset=facts["config"]["dataset"],
        verdict="the book's figures",
        headline=f"{facts['n_equal']} of {len(facts['rows'])} figures equal",
    ),
    "search.json": lambda facts: RunSummary(
        dataset=facts["config"]["dataset"], verdict="search of settings"
    ),
}
