"""Whether a task's result can be reused, and in plain words why not.

Prefect decides by the cache key alone and would believe any file of the right name. This
looks first: what is not the result that was stored under that key is set aside, so that
Prefect finds nothing and the task runs.
"""

import json
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from prefect import Task

from engine.cache.task import Difference, KeyParts, key_parts
from engine.errors import DamagedFile
from engine.records import Record
from engine.store.files import set_aside
from engine.store.location import store_root
from engine.store.sealed import SealedJSONSerializer, read_sealed, write_sealed

P = ParamSpec("P")
R = TypeVar("R")


class Memory(Record):
    """What is remembered of a step's last run: its key and the seconds it took to compute."""

    label: str
    parts: KeyParts
    seconds: float


class Examination(Record):
    """Whether a call's result is stored, and if not, why the task must run.

    `why` is the whole reason in words; `differences` are the parts of the key that are not
    those of the step's last run, if that is the reason. `expected_seconds` is what the step
    took when it last ran.
    """

    parts: KeyParts
    state: Literal["stored", "absent", "damaged"]
    why: str = ""
    differences: tuple[Difference, ...] = ()
    expected_seconds: float | None = None


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
    seconds = earlier.seconds if earlier else None
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
    return Examination(parts=parts, state="stored", expected_seconds=seconds)


def is_stored(of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether a result lies under the key of a call; it is not opened, so it may be damaged."""
    return result_path(key_parts(of, *args, **kwargs)).exists()


def remembered_seconds(label: str) -> float | None:
    """Return what a step took when it last ran, None if nothing is remembered of it."""
    earlier = _remembered(label)
    return earlier.seconds if earlier else None


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

    With `seconds` None the result was reused: the time it once took stays.

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
        seconds = earlier.seconds
    write_sealed(path, Memory(label=label, parts=parts, seconds=seconds))
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
