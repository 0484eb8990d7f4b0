"""A record in a file of its own, readable by a person and sealed against flipped bits."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from tasks.errors import DamagedFile
from tasks.records import Record
from tasks.store import write_atomically

R = TypeVar("R", bound=Record)


def write_sealed(path: Path, record: Record) -> None:
    """Replace a file by a record and the sha256 of its content, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written; the file is then as it was.
    """
    write_atomically(path, lambda file: file.write(sealed_text(record).encode()))


def sealed_text(record: Record) -> str:
    """Return what `write_sealed` writes."""
    content = record.model_dump(mode="json")
    return json.dumps({"seal": _seal(content), "content": content}, indent=1) + "\n"


def read_sealed(path: Path, kind: type[R]) -> R:
    """Return the record in a file, every file it refers to checked.

    Raises
    ------
    DamagedFile
        If the file cannot be read, is not what was sealed, or refers to a damaged file.
    """
    try:
        stored = json.loads(path.read_bytes())
        sealed = stored["seal"] == _seal(stored["content"])
    except OSError as error:
        reason = error.strerror or str(error)
        raise DamagedFile(f"{path} cannot be read: {reason}.", path) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFile(f"{path} is damaged: it is no sealed record.", path) from error
    if not sealed:
        raise DamagedFile(f"{path} is damaged: its content is not the one that was sealed.", path)
    try:
        return kind.model_validate(stored["content"])
    except ValidationError as error:
        raise DamagedFile(
            f"{path} was written by another version of this project: {error.error_count()} of "
            "its fields are not the expected ones.",
            path,
        ) from error


def _seal(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
