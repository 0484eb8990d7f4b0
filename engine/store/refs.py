"""The frozen records that stages exchange: scalars, tuples and references, never arrays.

A reference names a stored file by its digest and checks the file when it is read back
from JSON, so a cached result whose file was lost or damaged cannot be used by mistake.
Fractions lie in [0, 1]; times are seconds; sizes are bytes.
"""

import hashlib
from pathlib import Path
from typing import Self

from pydantic import model_validator

from engine.errors import DamagedFile
from engine.records import Record
from engine.store.location import store_root

_verified: set[tuple[str, int, int, int]] = set()


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FileRef(Record):
    """A stored file, named by the digest of its content.

    Building one from JSON checks that the file is there and is the one that was written;
    the check of an unchanged file (same inode, size and time) is made once a process.
    """

    sha256: str
    suffix: str
    size_bytes: int

    @property
    def path(self) -> Path:
        """The file's place in the store in use."""
        return store_root() / "objects" / self.sha256[:2] / f"{self.sha256}{self.suffix}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.verify()
        return self

    def verify(self) -> None:
        """Raise `DamagedFile` unless the stored file has this digest.

        Raises
        ------
        DamagedFile
            If the file is missing, unreadable or has another digest.
        """
        try:
            status = self.path.stat()
            seen = (str(self.path), status.st_ino, status.st_size, status.st_mtime_ns)
            if seen in _verified:
                return
            found = file_sha256(self.path)
        except OSError as error:
            raise DamagedFile(
                f"The store should hold {self.path} but it cannot be read "
                f"({error.strerror or error}). Run again: the task that made it recomputes it.",
                self.path,
            ) from error
        if found != self.sha256:
            raise DamagedFile(
                f"The stored file {self.path} has sha256 {found}, not the one in its name. "
                "Run again: it is set aside and the task that made it recomputes it.",
                self.path,
            )
        _verified.add(seen)


class ArrayRef(FileRef):
    """A stored ``.npy`` array; `dtype` is numpy's name for it, such as ``uint8``."""

    shape: tuple[int, ...]
    dtype: str


class ModelRef(FileRef):
    """A stored joblib file; read it only through `engine.store.objects.load_model`."""
