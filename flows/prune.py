"""Prune a store: ``python -m flows.prune`` says what would go, ``--yes`` removes it."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.prune\n")
    sys.exit(2)

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from engine.cli.options import CommandSettings, option
from engine.cli.terminal import run_command, say
from engine.errors import StoreError
from engine.server.database import prune_database
from engine.store.location import store_at
from engine.store.lock import only_run_in
from engine.store.marks import STORE, is_marked, take_folder
from engine.store.pruning import Limits, Pruning, over_budget, plan_pruning, remove, size_text
from engine.store.runs import set_aside_damaged_records
from flows.config import ENVIRONMENT_PREFIX, read_command, same_option
from flows.kept import kept_objects


class PruneCommand(CommandSettings):
    """Say what a store no longer needs, or remove it.

    Kept are the champion of each data set and the one before it, the last runs on each, all
    results and objects they lead to, and MNIST once it was fetched. Reports in the output folder
    are never touched.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.prune"
    )

    store_dir: Path = same_option("store_dir")
    keep_runs: int = same_option("keep_runs")
    budget: int = same_option("budget")
    wait: float | None = same_option("wait")
    server_days: int | None = option(
        None,
        "also prune Prefect's server: flow runs of anybody that ended so many days ago, their "
        "artifacts and logs, and events",
        unit="days",
        ge=1,
    )
    yes: bool = option(False, "remove it; without this nothing is changed")

    @property
    def limits(self) -> Limits:
        """How much the store may hold."""
        return Limits(self.keep_runs, self.budget, kept_objects)


def prune(command: PruneCommand) -> None:
    """Say what a store no longer needs and how much that frees; remove it if told so.

    Raises
    ------
    StoreError
        If there is no store, or it cannot be read or written.
    """
    if command.server_days is not None:
        found_there = prune_database(command.server_days, remove=command.yes)
        say(server_text(found_there, command.server_days, removed=command.yes))
    with store_at(command.store_dir) as store, _readable():
        require_store(store)
        if not command.yes:
            say(clearing_text(store, plan_pruning(store, command.limits), removed=False))
            return
        take_folder(store, STORE)
        with only_run_in(store, say=say, wait=command.wait):
            set_aside_damaged_records(store, say=say)
            found = plan_pruning(store, command.limits)
            remove(found)
            say(clearing_text(store, found, removed=True))


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The store could not be read: {error}. Give yourself permission to read it."
        ) from error


def require_store(store: Path) -> None:
    """Refuse a folder that is no store: nothing in it is this project's to remove.

    Raises
    ------
    StoreError
        If it is none; the message says what was found.
    """
    if not store.is_dir():
        raise StoreError(
            f"Asked to prune the store {store}; found no such folder. Name the folder that "
            "runs keep their results in with --store-dir."
        )
    is_marked(store, STORE)


def clearing_text(store: Path, found: Pruning, *, removed: bool) -> str:
    """Return what goes and what stays, sort by sort with its bytes, and how much that frees."""
    table = [
        f"{name:<18} {len(files):>7,} {size_text(sum(file.size for file in files)):>14}"
        for name, files in found.unreferenced.sorts.items()
    ]
    verb, tense = ("Removed", "freed") if removed else ("Would be removed", "would be freed")
    last = (
        f"{size_text(found.unreferenced.size)} {tense}, {size_text(found.size_after)} "
        f"{'stay' if removed else 'would stay'} in {store}: {found.n_runs_kept} run(s) on "
        "record, the champions and what they lead to."
    )
    notes = [over_budget(found)] if found.size_after > found.budget else []
    if not removed and not found.unreferenced.is_empty:
        notes.append("Nothing was removed: give --yes to do it.")
    return "\n".join([f"{verb}", *table, last, *notes])


def server_text(found: dict[str, int], days: int, *, removed: bool) -> str:
    """Return how much of Prefect's server is as old as that."""
    verb = "Removed" if removed else "Would be removed"
    counts = ", ".join(f"{name} {n:,}" for name, n in found.items())
    return f"{verb} from Prefect's server, older than {days} days: {counts}."


def run(arguments: Sequence[str] | None = None) -> int:
    """Prune as the command line says; return the exit code."""
    return run_command(
        lambda: read_command(PruneCommand, arguments),
        prune,
        interrupted="Interrupted. What is left is a store that works; run the same command again.",
    )


if __name__ == "__main__":
    sys.exit(run())
