"""A run that left its folder, found again by its name; and what is different today."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.errors import UsageError
from engine.records import Record
from engine.run.provenance import MadeWith
from engine.store.marks import LATEST
from flows.config import RunConfig

MOST_NAMED = 8
OWN_PLACES = ("store_dir", "output_dir")


class NoSuchRun(UsageError):
    """The run that was named cannot be found, or cannot be read."""


class EarlierRun(Record):
    """A run as its evaluation.json tells it; `options` are those that decided its results."""

    folder: Path
    run_id: str
    options: dict[str, Any]
    prediction_sha256: str
    made_with: MadeWith

    def config(self, store: Path) -> RunConfig:
        """Return the same options for another store; it may not promote.

        Raises
        ------
        NoSuchRun
            If an option is not known today.
        """
        try:
            here = {"runner": "local", "scheduler": None}  # its cluster may be gone
            options = self.options | here
            return RunConfig(**options, store_dir=store, output_dir=self.folder.parent)
        except ValidationError as error:
            named = ", ".join(str(each["loc"][0]) for each in error.errors())
            raise NoSuchRun(
                f"Asked for the run in {self.folder}; its options ({named}) are not those of this "
                "version. Check out the revision it was made with: "
                f"{self.made_with.code_revision}."
            ) from error


def find_run(name: str, outputs: Path) -> EarlierRun:
    """Return the run that is meant by a folder, a run's id, or the beginning of either.

    Raises
    ------
    NoSuchRun
        If none or several are meant, or its evaluation.json cannot be read.
    """
    for direct in (Path(name).expanduser(), outputs / name):
        if (direct / "evaluation.json").is_file():
            return read_run(direct.resolve())
    kept = [path.parent for path in sorted(outputs.glob("*/evaluation.json"))]
    folders = [each for each in kept if each.name != LATEST]  # a link to one of them
    # a folder ends with the first eight digits of its run's id
    found = [each for each in folders if each.name.startswith(name) or _is_id_of(name, each)]
    if len(found) == 1:
        return read_run(found[0].resolve())
    shown = ", ".join(each.name for each in (found or folders)[-MOST_NAMED:])
    which = f"{len(found)} runs begin so: {shown}" if found else f"there are: {shown or 'none'}"
    raise NoSuchRun(
        f"Asked for the run {name} in {outputs}; {which}. Name one by its folder, its flow run "
        "id or the beginning of either, and the folder of the runs with --output-dir."
    )


def run_facts(folder: Path) -> dict[str, Any]:
    """Return everything that a run wrote down of itself."""
    facts: dict[str, Any] = json.loads((folder / "evaluation.json").read_bytes())
    return facts


def _is_id_of(name: str, folder: Path) -> bool:
    short = folder.name[-8:]
    return len(name) >= 4 and (short.startswith(name) or name.startswith(short))


def read_run(folder: Path) -> EarlierRun:
    """Read what a run left in its folder.

    Raises
    ------
    NoSuchRun
        If its evaluation.json is damaged or lacks what is needed to make the run again.
    """
    path = folder / "evaluation.json"
    try:
        facts = run_facts(folder)
        options = {k: v for k, v in facts["config"].items() if k not in OWN_PLACES}
        # what was read, not what was hoped for: `auto` may find another source today
        options |= {"dataset": facts["dataset"]["name"], "promote": False, "require_goal": False}
        return EarlierRun(
            folder=folder,
            run_id=facts["run"],
            options=options,
            prediction_sha256=facts["prediction_sha256"],
            made_with=MadeWith(
                content_sha256=facts["dataset"]["content_sha256"],
                code_revision=facts["code_revision"],
                **facts["made_with"],
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoSuchRun(
            f"Asked for the run in {folder}; {path.name} cannot be used: {error!r}. It is damaged, "
            "or older than what is recorded for making a run again. Name another run."
        ) from error
