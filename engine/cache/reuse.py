"""Whether a task's result can be reused, and in plain words why not.

Prefect decides by the cache key alone and would believe any file of the right name. This
looks first: what is not the result that was stored under that key is set aside, so that
Prefect finds nothing and the task runs.
"""

import json
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from prefect import Task
from prefect.settings import PREFECT_TASKS_REFRESH_CACHE

from engine.cache.task import Difference, KeyParts, key_parts
from engine.differences import leaves
from engine.errors import DamagedFile
from engine.records import Record
from engine.store.files import set_aside
from engine.store.location import store_root
from engine.store.sealed import SealedJSONSerializer, read_sealed, write_sealed

P = ParamSpec("P")
R = TypeVar("R")


REFRESHED = "the setting PREFECT_TASKS_REFRESH_CACHE: no stored result is used"
KEPT_TIMES = 8  # of other work than the last run's: another data set, other options
ALIKE = 0.1  # new images come every night; so much more or less takes about as long
FEWEST = 1000  # a smaller number is an option, not a size


class Timing(Record):
    """The seconds that a step took on one kind of work, told by the inputs of its key."""

    inputs: dict[str, Any]
    seconds: float


class Memory(Record):
    """What is remembered of a step: the key and the seconds of its last run, earlier timings.

    `seconds` is None if the last run reused a result of which no time is known. `before` are
    timings of other work than the last run's, the newest first.
    """

    label: str
    parts: KeyParts
    seconds: float | None
    before: tuple[Timing, ...] = ()

    @property
    def timings(self) -> tuple[Timing, ...]:
        """What each kind of work took, the newest first."""
        if self.seconds is None:
            return self.before
        return (Timing(inputs=self.parts.inputs, seconds=self.seconds), *self.before)

    def seconds_of(self, parts: KeyParts) -> float | None:
        """Return what the step took on the same kind of work, None if it never did any."""
        alike = (each.seconds for each in self.timings if is_alike(each.inputs, parts.inputs))
        return next(alike, None)


class Examination(Record):
    """Whether a call's result is stored, and if it is not used, why the task must run.

    `why` is the whole reason in words, also of a stored result that is not to be used;
    `differences` are the parts of the key that are not those of the step's last run, if that is
    the reason. `expected_seconds` is what the step took when it last ran on the same data set
    with the same options.
    """

    parts: KeyParts
    state: Literal["stored", "absent", "damaged"]
    why: str = ""
    differences: tuple[Difference, ...] = ()
    expected_seconds: float | None = None

    @property
    def is_reused(self) -> bool:
        """Whether the stored result is the step's result."""
        return self.state == "stored" and not self.why


def examine(label: str, of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> Examination:
    """Look at the stored result of one call without running anything.

    Parameters
    ----------
    label : str
        Names the step across runs, whatever the options are.
    of, args, kwargs
        A cached task and its arguments.
    """
    parts = key_parts(of, *args, **kwargs)
    earlier = _remembered(label)
    seconds = earlier.seconds_of(parts) if earlier else None
    path = result_path(parts)
    if not path.exists():
        differences = parts.differences(earlier.parts) if earlier else ()
        why = "; ".join(each.text for each in differences) or "result no longer stored"
        return Examination(
            parts=parts,
            state="absent",
            why=why if earlier else "first time",
            differences=differences,
            expected_seconds=seconds,
        )
    try:
        stored_result(parts)
    except DamagedFile as error:
        damaged = error.path or path
        why = f"damaged file {damaged.relative_to(store_root())}"
        return Examination(parts=parts, state="damaged", why=why, expected_seconds=seconds)
    why = REFRESHED if PREFECT_TASKS_REFRESH_CACHE.value() else ""
    return Examination(parts=parts, state="stored", why=why, expected_seconds=seconds)


def is_alike(inputs: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether two calls of a task do the same kind of work: only sizes differ, and those little.

    Another content of the same size takes as long, so the digests of files do not count.

    Examples
    --------
    >>> is_alike({"a": {"sha256": "1", "size_bytes": 60_000}}, {"a": {"sha256": "2",
    ...     "size_bytes": 61_000}})
    True
    >>> is_alike({"name": "digits"}, {"name": "mnist_784"}), is_alike({"n": 2}, {"n": 3})
    (False, False)
    """
    one, other = leaves(inputs), leaves(others)
    return one.keys() == other.keys() and all(
        name.rpartition(".")[2] == "sha256" or _is_near(value, other[name])
        for name, value in one.items()
    )


def _is_near(value: Any, other: Any) -> bool:
    if isinstance(value, int) and isinstance(other, int) and min(value, other) >= FEWEST:
        return abs(value - other) <= ALIKE * max(value, other)
    return bool(value == other)


def is_stored(parts: KeyParts) -> bool:
    """Whether a result that may be used lies under a key; it is not opened, it may be damaged."""
    return not PREFECT_TASKS_REFRESH_CACHE.value() and result_path(parts).exists()


def remembered_seconds(label: str, parts: KeyParts) -> float | None:
    """Return what a step took on the same data set with the same options, None if not known."""
    earlier = _remembered(label)
    return earlier.seconds_of(parts) if earlier else None


def stored_result(parts: KeyParts) -> Any:
    """Return the result stored under a key, every file it refers to checked.

    Raises
    ------
    DamagedFile
        If the result or a file it refers to is not what was stored.
    """
    path = result_path(parts)
    try:
        stored = json.loads(path.read_bytes())
        metadata, text = stored["metadata"], stored["result"]
        serializer = SealedJSONSerializer()
        is_ours = (
            metadata["serializer"]["type"] == serializer.type
            and Path(metadata["storage_key"]).name == path.name
        )
        if is_ours:
            return serializer.loads(text.encode())
    except DamagedFile as error:
        raise DamagedFile(str(error), error.path or path) from error
    except Exception as error:
        # whatever goes wrong while reading, the file is not the one that was written
        raise DamagedFile(f"The stored result {path} cannot be read: {error}", path) from error
    raise DamagedFile(f"The stored result {path} was not stored under this name.", path)


def clear_damage(examination: Examination) -> Path | None:
    """Set aside what an examination found damaged, and drop the result that refers to it.

    Returns
    -------
    Path or None
        Where the damaged file lies now; None if it was missing.
    """
    try:
        stored_result(examination.parts)
    except DamagedFile as error:
        path = result_path(examination.parts)
        kept = set_aside(error.path or path)
        set_aside(path)
        return kept
    return None


def remember(label: str, parts: KeyParts, seconds: float | None) -> Path | None:
    """Keep what a step was keyed by and how long it took, for the next run to compare.

    With `seconds` None the result was reused: the time that such work once took stays.

    Returns
    -------
    Path or None
        Where what was remembered before now lies, if it was damaged.
    """
    path = _memory_path(label)
    try:
        earlier, kept = _read_memory(label), None
    except DamagedFile:
        earlier, kept = None, set_aside(path)
    if seconds is None:
        if earlier is None or earlier.parts == parts:
            return kept
        seconds = earlier.seconds_of(parts)
    timings = earlier.timings if earlier else ()
    others = [each for each in timings if not is_alike(each.inputs, parts.inputs)]
    before = tuple(others[:KEPT_TIMES])
    write_sealed(path, Memory(label=label, parts=parts, seconds=seconds, before=before))
    return kept


def _remembered(label: str) -> Memory | None:
    try:
        return _read_memory(label)
    except DamagedFile:
        return None  # nothing is computed from it: without it only the explanation is poorer


def _read_memory(label: str) -> Memory | None:
    path = _memory_path(label)
    if not path.exists():
        return None
    memory = read_sealed(path, Memory)
    if _memory_path(memory.label) != path:
        raise DamagedFile(f"{path} is of another step, {memory.label}.", path)
    return memory


def result_path(parts: KeyParts) -> Path:
    """Return where the result of a key lies if it is stored."""
    return store_root() / "results" / parts.key


def _memory_path(label: str) -> Path:
    name = "".join(letter if letter.isalnum() else "-" for letter in label.lower())
    return store_root() / "memory" / f"{name}.json"
