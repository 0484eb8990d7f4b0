"""Room in a store: what is kept within a budget, and the rest removed.

Whatever refers goes before what it refers to, so that a kill at any moment leaves no result
without its objects.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from flows.reach import Contents, StoreFile, Surplus, Wanted, last_runs, look_into, surplus
from tasks.errors import StoreError
from tasks.store import sync_folder

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """How much a store may hold: the last runs that are kept, and a budget of megabytes."""

    keep_runs: int
    budget_mb: float

    @property
    def budget(self) -> float:
        """The budget in bytes."""
        return self.budget_mb * MB


@dataclass(frozen=True, slots=True)
class Clearing:
    """What would be removed from a store, and what stays. Sizes are bytes."""

    surplus: Surplus
    n_runs_kept: int
    size_before: int
    budget: float

    @property
    def size_after(self) -> int:
        """What stays."""
        return self.size_before - self.surplus.size


def plan_clearing(store: Path, room: Room, *, just_ended: frozenset[str] = frozenset()) -> Clearing:
    """Say what can go from a store: runs before the last ones, and more to meet the budget.

    Over the budget the files set aside go first, then the oldest runs one by one. The
    champion, the last run and what they lead to stay even if they are more; so do the results
    whose keys are those of the run that has `just_ended`.
    """
    contents = look_into(store)
    for wanted in _ever_less(room, contents, just_ended):
        found = _clearing(contents, wanted, room)
        if found.size_after <= room.budget:
            break
    return found


def remove(found: Clearing) -> None:
    """Remove what a clearing names; only the holder of the store's lock may call this.

    Raises
    ------
    StoreError
        If a file cannot be removed.
    """
    parts = found.surplus
    referring = (*parts.results, *parts.records, *parts.champions)
    _unlink(referring)
    for folder in {file.path.parent for file in referring}:
        sync_folder(folder)  # so that a power cut does not bring a result back without its objects
    _unlink((*parts.objects, *parts.damaged, *parts.unfinished))


def make_room(
    store: Path,
    room: Room,
    *,
    just_ended: frozenset[str] = frozenset(),
    say: Callable[[str], None],
) -> None:
    """Clear a store at the end of a run, which holds its lock, and say what went.

    The run's own results, by their keys in `just_ended`, stay.

    A file that cannot be removed does not spoil the run: it is said.
    """
    try:
        found = plan_clearing(store, room, just_ended=just_ended)
        if not found.surplus.is_empty:
            remove(found)
            say(f"made room, {size_text(found.surplus.size)} freed: {counted(found.surplus)}")
    except (StoreError, OSError) as error:
        say(f"could not make room in {store}: {error}")
        return
    if found.size_after > room.budget:
        say(over_budget(found))


def counted(found: Surplus) -> str:
    """Say how many files of each sort there are."""
    return ", ".join(f"{name} {len(files)}" for name, files in found.sorts.items() if files)


def over_budget(found: Clearing) -> str:
    """Say that the champion and the last run alone need more than the budget."""
    return (
        f"The champion, the last run and what they lead to need {size_text(found.size_after)}, "
        f"more than the budget of {size_text(found.budget)}; they are kept. Give a larger --budget."
    )


def size_text(size: float) -> str:
    """Write a number of bytes as a person would read it.

    >>> size_text(1_234_567_890), size_text(45_678)
    ('1,234.6 MB', '45.7 kB')
    """
    return f"{size / MB:,.1f} MB" if size >= MB else f"{size / 1000:,.1f} kB"


def _ever_less(room: Room, contents: Contents, keys: frozenset[str]) -> list[Wanted]:
    n_runs = min(room.keep_runs, max(1, contents.n_finished))
    fewer = [Wanted(n, n_damaged=0, unnamed=False, keys=keys) for n in range(n_runs, 0, -1)]
    whole = Wanted(room.keep_runs, keys=keys)
    return [whole, replace(whole, n_damaged=0), *fewer]


def _clearing(contents: Contents, wanted: Wanted, room: Room) -> Clearing:
    kept = last_runs(contents.records, wanted.n_runs)
    return Clearing(
        surplus=surplus(contents, wanted),
        n_runs_kept=len(kept),
        size_before=contents.total_size,
        budget=room.budget,
    )


def _unlink(files: tuple[StoreFile, ...]) -> None:
    for file in files:
        try:
            file.path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"Asked to remove {file.path}; it cannot be removed: {error.strerror or error}. "
                "Give yourself write permission to its folder and run the same command again; "
                "what is left is a store that works."
            ) from error
