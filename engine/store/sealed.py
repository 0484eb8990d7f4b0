"""JSON beside its digest, in files of records and in results: no flipped bit is believed."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from prefect.serializers import JSONSerializer
from pydantic import Field, ValidationError

from engine.errors import DamagedFile
from engine.records import Record
from engine.store.files import write_atomically

R = TypeVar("R", bound=Record)
N_DIGITS = 64  # of a sha256


class SealedJSONSerializer(JSONSerializer[Any]):
    """Prefect's JSON, sealed; a text that differs is refused before anything of it is decoded."""

    type: str = Field(default="sealed-json", frozen=True)

    def dumps(self, obj: Any) -> bytes:
        """Return the sealed JSON text of an object."""
        return json.dumps(_sealed(json.loads(super().dumps(obj)))).encode()

    def loads(self, blob: bytes) -> Any:
        """Return the object if the text is the one that was sealed.

        Raises
        ------
        DamagedFile
            If it is not.
        """
        return super().loads(json.dumps(_content(blob, "A stored result")).encode())


def write_sealed(path: Path, record: Record) -> None:
    """Replace a file by a record and the sha256 of its content, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written; the file is then as it was.
    """
    write_atomically(path, lambda file: file.write(sealed_text(record).encode()))


def write_sealed_lines(path: Path, records: Iterable[Record]) -> None:
    """Replace a file by records, each sealed on a line of its own, as `write_sealed` does."""
    lines = "".join(f"{json.dumps(_sealed(_plain(record)))}\n" for record in records)
    write_atomically(path, lambda file: file.write(lines.encode()))


def sealed_text(record: Record) -> str:
    """Return what `write_sealed` writes."""
    return json.dumps(_sealed(_plain(record)), indent=1) + "\n"


def read_sealed(path: Path, kind: type[R]) -> R:
    """Return the record in a file, every file it refers to checked.

    Raises
    ------
    DamagedFile
        If the file cannot be read, is not what was sealed, or refers to a damaged file.
    """
    return _opened(_read(path), path, kind)


def read_sealed_lines(path: Path, kind: type[R]) -> tuple[R, ...]:
    """Return the records of a file that `write_sealed_lines` wrote, in their order.

    Raises
    ------
    DamagedFile
        If any line is not what was sealed, or the last one has no end.
    """
    *lines, end = _read(path).split(b"\n")
    if end:
        raise DamagedFile(f"{path} is damaged: its last line is not whole.", path)
    return tuple(_opened(line, path, kind) for line in lines)


def is_sealed(path: Path) -> bool:
    """Return whether a file holds a record that this project sealed, of whatever kind."""
    try:
        _content(_read(path), path)
    except DamagedFile:
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DamagedFile(f"{path} cannot be read: {reason}.", path) from error


def _opened(text: bytes, path: Path, kind: type[R]) -> R:
    try:
        return kind.model_validate(_content(text, path))
    except ValidationError as error:
        raise DamagedFile(
            f"{path} was written by another version of this project: {error.error_count()} of "
            "its fields are not the expected ones.",
            path,
        ) from error


def _content(text: bytes, place: Path | str) -> Any:
    path = place if isinstance(place, Path) else None
    try:
        if text.startswith(b"{"):
            stored = json.loads(text)
            is_sealed_one = stored["seal"] == _seal(stored["content"])
        else:  # a result of an earlier version: the digest of the text stands before it
            seal, text = text[:N_DIGITS], text[N_DIGITS:]
            is_sealed_one = hashlib.sha256(text).hexdigest().encode() == seal
            stored = {"content": json.loads(text) if is_sealed_one else None}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedFile(f"{place} is damaged: it is no sealed record.", path) from error
    if not is_sealed_one:
        raise DamagedFile(f"{place} is damaged: its content is not the one that was sealed.", path)
    return stored["content"]


def _plain(record: Record) -> Any:
    return record.model_dump(mode="json")


def _sealed(content: Any) -> dict[str, Any]:
    return {"seal": _seal(content), "content": content}


def _seal(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
