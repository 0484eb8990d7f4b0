"""What in a store is still wanted, and what nothing leads to any more.

Wanted are the last runs of each series and the champions; everything they lead to is kept. A file
leads to an object if the object's digest stands anywhere in its text: that can keep too much, such
as what a damaged result names, and never too little.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.store.files import is_left_behind
from engine.store.names import KINDS, entries
from engine.store.runs import KeptRecord, read_records

KEPT_DAMAGED = 20  # files to look at; then the oldest go
DIGEST = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store keeps beside its last runs; the flows know what it is for.

    `digests` are those of objects that always stay. `referring` are further files whose objects
    stay. `outdated` returns the records of champions that nothing needs any more.
    """

    digests: frozenset[str] = frozenset()
    referring: tuple[Path, ...] = ()
    outdated: Callable[[], frozenset[Path]] = frozenset


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file of the store: its size in bytes and its time of writing in seconds since 1970."""

    path: Path
    size: int
    written: float


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a store that can grow, kind by kind, oldest file first."""

    results: tuple[StoreFile, ...]
    objects: tuple[StoreFile, ...]
    champions: tuple[StoreFile, ...]
    damaged: tuple[StoreFile, ...]
    records: tuple[KeptRecord, ...]
    unfinished: tuple[StoreFile, ...]
    total_size: int
    names_in: dict[Path, frozenset[str]]

    @property
    def n_finished(self) -> int:
        """How many runs on record came to their end."""
        return sum(each.record.ended is not None for each in self.records)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a store should keep: so many runs of each series, and all or the recent of the rest.

    `keys` are those of the run that has just ended: its results stay, whatever the clock says.
    """

    n_runs: int
    kept: Kept = Kept()
    n_damaged: int = KEPT_DAMAGED
    unnamed: bool = True
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """What nothing wanted leads to."""

    results: tuple[StoreFile, ...]
    records: tuple[StoreFile, ...]
    champions: tuple[StoreFile, ...]
    objects: tuple[StoreFile, ...]
    damaged: tuple[StoreFile, ...]
    unfinished: tuple[StoreFile, ...]

    @property
    def sorts(self) -> dict[str, tuple[StoreFile, ...]]:
        """Its files by what a person calls them."""
        return {
            "records of runs": self.records,
            "results": self.results,
            "former champions": self.champions,
            "objects": self.objects,
            "files set aside": self.damaged,
            "unfinished files": self.unfinished,
        }

    @property
    def size(self) -> int:
        """Bytes that removing it frees."""
        return sum(file.size for files in self.sorts.values() for file in files)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove."""
        return not any(self.sorts.values())


def list_contents(store: Path, kept: Kept) -> Contents:
    """List what the store has made and which digests its results and champions name.

    Other files are passed over. So is a damaged record: what only it named counts as unnamed.
    """
    found = _files(store)
    results, champions = found["results"], found["champions"]
    naming = [*kept.referring, *(each.path for each in (*results, *champions))]
    return Contents(
        results=results,
        objects=found["objects"],
        champions=champions,
        damaged=found["damaged"],
        records=read_records(store)[0],
        unfinished=tuple(each for each in found["unfinished"] if is_left_behind(each.path)),
        total_size=sum(file.size for files in found.values() for file in files),
        names_in={path: _digests(path) for path in naming},
    )


def unreferenced(contents: Contents, wanted: Wanted) -> Unreferenced:
    """Return what nothing wanted leads to.

    A result that no record names is kept while it is younger than the last runs of the whole
    store, or while there are not yet that many: it may be of a run whose record was lost.
    """
    kept_runs = last_runs(contents.records, wanted.n_runs)
    named = {key for each in kept_runs for key in each.record.keys}
    all_named = {key for each in contents.records for key in each.record.keys}
    since = _oldest_start(_last(contents.records, wanted.n_runs))
    everything_unnamed = wanted.unnamed and contents.n_finished <= wanted.n_runs

    def is_wanted(file: StoreFile) -> bool:
        key = file.path.name
        if key in wanted.keys:
            return True
        if key in all_named:
            return key in named
        return everything_unnamed or file.written >= since

    results = tuple(file for file in contents.results if not is_wanted(file))
    outdated = wanted.kept.outdated()
    champions = tuple(file for file in contents.champions if file.path in outdated)
    gone = {file.path for file in (*results, *champions)}
    reached = wanted.kept.digests.union(
        *(names for path, names in contents.names_in.items() if path not in gone)
    )
    unreferenced_runs = [each.path for each in contents.records if each not in kept_runs]
    return Unreferenced(
        results=results,
        records=tuple(_measured(unreferenced_runs)),
        champions=champions,
        objects=tuple(file for file in contents.objects if file.path.stem not in reached),
        damaged=contents.damaged[: max(0, len(contents.damaged) - wanted.n_damaged)],
        unfinished=contents.unfinished,
    )


def last_runs(records: Sequence[KeptRecord], n_runs: int) -> tuple[KeptRecord, ...]:
    """Return the last runs of each series; those without one count among the last of all."""

    def is_kept(run: KeptRecord) -> bool:
        alike = [each for each in records if run.record.series in {"", each.record.series}]
        return run in _last(alike, n_runs)

    return tuple(filter(is_kept, records))


def _last(records: Sequence[KeptRecord], n_runs: int) -> tuple[KeptRecord, ...]:
    """Return the last runs that ended, and as many that stopped before their end.

    The two are counted apart: ten nights that stop at their first step must not push the last
    whole run out.
    """
    ended = [each for each in records if each.record.ended is not None]
    stopped = [each for each in records if each.record.ended is None]
    return (*ended[-n_runs:], *stopped[-n_runs:])


def _oldest_start(runs: Iterable[KeptRecord]) -> float:
    starts = [datetime.fromisoformat(each.record.started).timestamp() for each in runs]
    return min(starts, default=float("-inf"))


def _digests(path: Path) -> frozenset[str]:
    try:
        return frozenset(found.decode() for found in DIGEST.findall(path.read_bytes()))
    except OSError:
        return frozenset()


def _files(store: Path) -> dict[str, tuple[StoreFile, ...]]:
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for each in entries(store):
        if each.kind and each.is_file:
            found[each.kind].append(each.path)
    return {kind: _oldest_first(paths) for kind, paths in found.items()}


def _oldest_first(paths: Iterable[Path]) -> tuple[StoreFile, ...]:
    return tuple(sorted(_measured(paths), key=lambda file: (file.written, file.path.name)))


def _measured(paths: Iterable[Path]) -> Iterator[StoreFile]:
    for path in paths:
        with suppress(FileNotFoundError):  # a run that is at work may have removed it meanwhile
            status = path.stat()
            yield StoreFile(path, status.st_size, status.st_mtime)
