"""Make room in a store: ``python -m flows.prune`` says what would go, ``--yes`` removes it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.config import RunConfig, UsageError, knob, read_command_line, same_knob
from flows.exit_codes import BAD_KNOB, DONE, INTERRUPTED, STOPPED
from flows.lock import only_run_in
from flows.marked_folder import STORE, is_marked, take_folder
from flows.room import Clearing, Room, over_budget, plan_clearing, remove, size_text
from flows.run_records import set_aside_damaged_records
from flows.terminal import complain, say
from tasks.errors import PlainError, StoreError
from tasks.location import store_at


class PruneCommand(BaseSettings):
    """Say what a store no longer needs, or remove it.

    Kept are the champion and the one before it, the last runs, all results and objects they
    lead to, and MNIST once it was fetched. Reports in the output folder are never touched.
    """

    model_config = SettingsConfigDict(
        **(RunConfig.model_config | {"cli_prog_name": "python -m flows.prune"})
    )

    store_dir: Path = same_knob("store_dir")
    keep_runs: int = same_knob("keep_runs")
    budget: int = same_knob("budget")
    yes: bool = knob(False, "remove it; without this nothing is changed")

    @property
    def room(self) -> Room:
        """How much the store may hold."""
        return Room(self.keep_runs, self.budget)

    @classmethod
    def from_command_line(cls, arguments: Sequence[str] | None = None) -> Self:
        """Read the command line over the environment over the defaults.

        Raises
        ------
        UsageError
            If an option is unknown or a value is out of bounds; names each one.
        """
        return read_command_line(cls, arguments)


def prune(command: PruneCommand) -> None:
    """Say what a store no longer needs and how much that frees; remove it if told so.

    Raises
    ------
    StoreError
        If there is no store, or it cannot be read or written.
    """
    with store_at(command.store_dir) as store:
        require_store(store)
        if not command.yes:
            say(clearing_text(store, plan_clearing(store, command.room), removed=False))
            return
        take_folder(store, STORE)
        with only_run_in(store, say=say):
            set_aside_damaged_records(store, say=say)
            found = plan_clearing(store, command.room)
            remove(found)
            say(clearing_text(store, found, removed=True))


def require_store(store: Path) -> None:
    """Refuse a folder that is no store: nothing in it is this project's to remove.

    Raises
    ------
    StoreError
        If it is none; the message says what was found.
    """
    if not store.is_dir():
        raise StoreError(
            f"Asked to make room in the store {store}; found no such folder. Name the folder that "
            "runs keep their results in with --store-dir."
        )
    is_marked(store, STORE)


def clearing_text(store: Path, found: Clearing, *, removed: bool) -> str:
    """Return what goes and what stays, sort by sort with its bytes, and how much that frees."""
    table = [
        f"{name:<18} {len(files):>7,} {size_text(sum(file.size for file in files)):>14}"
        for name, files in found.surplus.sorts.items()
    ]
    verb, tense = ("Removed", "freed") if removed else ("Would be removed", "would be freed")
    last = (
        f"{size_text(found.surplus.size)} {tense}, {size_text(found.size_after)} "
        f"{'stay' if removed else 'would stay'} in {store}: {found.n_runs_kept} run(s) on "
        "record, the champion and what they lead to."
    )
    notes = [over_budget(found)] if found.size_after > found.budget else []
    if not removed and not found.surplus.is_empty:
        notes.append("Nothing was removed: give --yes to do it.")
    return "\n".join([f"{verb}", *table, last, *notes])


def run(arguments: Sequence[str] | None = None) -> int:
    """Prune as the command line says; return the exit code."""
    try:
        prune(PruneCommand.from_command_line(arguments))
    except UsageError as error:
        complain(str(error))
        return BAD_KNOB
    except PlainError as error:
        complain(str(error))
        return STOPPED
    except OSError as error:
        complain(f"The store could not be read: {error}. Give yourself permission to read it.")
        return STOPPED
    except KeyboardInterrupt:
        complain("Interrupted. What is left is a store that works; run the same command again.")
        return INTERRUPTED
    return DONE


if __name__ == "__main__":
    sys.exit(run())
