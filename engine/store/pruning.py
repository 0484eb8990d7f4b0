"""Limits in a store: what is kept within a budget, and the rest removed.

Whatever refers goes before what it refers to, so that a kill at any moment leaves no result
without its objects.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import StoreError
from engine.store.contents import (
    Contents,
    Kept,
    StoreFile,
    Unreferenced,
    Wanted,
    last_runs,
    list_contents,
    unreferenced,
)
from engine.store.files import sync_folder

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a store may hold: the last runs of each series, a budget in megabytes, and more.

    `kept` is called with the store in use, and says what else stays; `called` is
    the name that a person knows the folder by.
    """

    keep_runs: int
    budget_mb: float
    kept: Callable[[], Kept] = Kept
    called: str = "the store"

    @property
    def budget(self) -> float:
        """The budget in bytes."""
        return self.budget_mb * MB


@dataclass(frozen=True, slots=True)
class Pruning:
    """What would be removed from a store, and what stays. Sizes are bytes."""

    unreferenced: Unreferenced
    n_runs_kept: int
    size_before: int
    budget: float

    @property
    def size_after(self) -> int:
        """What stays."""
        return self.size_before - self.unreferenced.size


def plan_pruning(
    store: Path, limits: Limits, *, just_ended: frozenset[str] = frozenset()
) -> Pruning:
    """Say what can go from a store: runs before the last ones, and more to meet the budget.

    Over the budget the files set aside go first, then the oldest runs one by one. The
    champions, the last run of each series and what they lead to stay even if they are more; so do
    the results whose keys are those of the run that has `just_ended`.
    """
    contents = list_contents(store, limits.kept())
    for wanted in _ever_less(limits, contents, just_ended):
        found = _pruning(contents, wanted, limits)
        if found.size_after <= limits.budget:
            break
    return found


def remove(found: Pruning) -> None:
    """Remove what a clearing names; only the holder of the store's lock may call this.

    Raises
    ------
    StoreError
        If a file cannot be removed.
    """
    parts = found.unreferenced
    referring = (*parts.results, *parts.records, *parts.champions)
    _unlink(referring)
    for folder in {file.path.parent for file in referring}:
        sync_folder(folder)  # so that a power cut does not bring a result back without its objects
    _unlink((*parts.objects, *parts.damaged, *parts.unfinished))


def prune_store(
    store: Path,
    limits: Limits,
    *,
    just_ended: frozenset[str] = frozenset(),
    say: Callable[[str], None],
) -> None:
    """Clear a store at the end of a run, which holds its lock, and say what went.

    The run's own results, by their keys in `just_ended`, stay.

    A file that cannot be removed does not spoil the run: it is said.
    """
    try:
        found = plan_pruning(store, limits, just_ended=just_ended)
        if not found.unreferenced.is_empty:
            remove(found)
            freed = size_text(found.unreferenced.size)
            say(f"pruned {limits.called}, {freed} freed: {counted(found.unreferenced)}")
    except (StoreError, OSError) as error:
        say(f"could not prune {store}: {error}")
        return
    if found.size_after > limits.budget:
        say(over_budget(found))


def counted(found: Unreferenced) -> str:
    """Say how many files of each sort there are."""
    return ", ".join(f"{name} {len(files)}" for name, files in found.sorts.items() if files)


def over_budget(found: Pruning) -> str:
    """Say that the champions and the last runs alone need more than the budget."""
    return (
        "The champions, the last run on each data set and what they lead to need "
        f"{size_text(found.size_after)}, more than the budget of {size_text(found.budget)}; they "
        "are kept. Give a larger --budget."
    )


def size_text(size: float) -> str:
    """Write a number of bytes as a person would read it.

    Examples
    --------
    >>> size_text(1_234_567_890), size_text(45_678)
    ('1,234.6 MB', '45.7 kB')
    """
    return f"{size / MB:,.1f} MB" if size >= MB else f"{size / 1000:,.1f} kB"


def _ever_less(limits: Limits, contents: Contents, keys: frozenset[str]) -> list[Wanted]:
    n_runs = min(limits.keep_runs, max(1, contents.n_finished))
    whole = Wanted(limits.keep_runs, kept=limits.kept(), keys=keys)
    fewer = [replace(whole, n_runs=n, n_damaged=0, unnamed=False) for n in range(n_runs, 0, -1)]
    return [whole, replace(whole, n_damaged=0), *fewer]


def _pruning(contents: Contents, wanted: Wanted, limits: Limits) -> Pruning:
    kept = last_runs(contents.records, wanted.n_runs)
    return Pruning(
        unreferenced=unreferenced(contents, wanted),
        n_runs_kept=len(kept),
        size_before=contents.total_size,
        budget=limits.budget,
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
