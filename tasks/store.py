"""The only writer of the store: content-addressed files, written whole or not at all.

A file is named by the sha256 of its content, so its name says what the content must be.
Every write goes to a temporary file in the target's folder, is flushed to the disk and then
renamed: a kill leaves the old state or the new one.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tasks.errors import DamagedFile, StoreError
from tasks.location import store_root
from tasks.records import ArrayRef, FileRef, ModelRef, file_sha256

if TYPE_CHECKING:
    import numpy as np


def write_atomically(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Give `path` the content that `write` puts into an open file, or leave it untouched.

    Raises
    ------
    StoreError
        If the folder cannot be written or has no room.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_then(path.parent, path.suffix, write, lambda _: path)
    except OSError as error:
        raise _cannot_write(path, error) from error


def save_array(array: "np.ndarray") -> ArrayRef:
    """Store an array as ``.npy`` (C order, no objects) and return its reference."""
    import numpy as np

    array = np.ascontiguousarray(array)
    stored = _save(".npy", lambda file: np.save(file, array, allow_pickle=False))
    return ArrayRef(**stored, shape=array.shape, dtype=array.dtype.name)


def load_array(ref: ArrayRef) -> "np.ndarray":
    """Return the stored array as a read-only memory map; raise `DamagedFile` if it is not."""
    import numpy as np

    ref.verify()
    array: np.ndarray = np.load(ref.path, mmap_mode="r", allow_pickle=False)
    return array


def save_model(model: Any) -> ModelRef:
    """Store a fitted estimator with joblib and return its reference."""
    import joblib

    # a forest shrinks to a sixth for a few seconds: less to keep, and less to check each night
    return ModelRef(**_save(".joblib", lambda file: joblib.dump(model, file, compress=("zlib", 3))))


def load_model(ref: ModelRef) -> Any:
    """Unpickle a stored estimator, after its digest has been checked byte by byte.

    The bytes that are checked are the bytes that are unpickled: the file is read once.

    Raises
    ------
    DamagedFile
        If the content is not what the store wrote; nothing has been unpickled then.
    """
    import joblib

    content = ref.path.read_bytes() if ref.path.is_file() else b""
    found = hashlib.sha256(content).hexdigest()
    if found != ref.sha256:
        raise DamagedFile(
            f"The stored model {ref.path} is missing or has sha256 {found}, not the one in its "
            "name; it was not opened. Run again: the task that made it fits it anew.",
            ref.path,
        )
    return joblib.load(io.BytesIO(content))


def save_bytes(content: bytes, suffix: str) -> FileRef:
    """Store bytes, such as a PNG, under a suffix that begins with a dot."""
    return FileRef(**_save(suffix, lambda file: file.write(content)))


def set_aside(path: Path) -> Path | None:
    """Move a damaged file to ``damaged/``, where a person can look at it.

    Returns
    -------
    Path or None
        Where it lies now; None if it was not there at all.
    """
    if not os.path.lexists(path):
        return None
    folder = store_root() / "damaged"
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    return target


def _save(suffix: str, write: Callable[[BinaryIO], Any]) -> dict[str, Any]:
    objects = store_root() / "objects"
    found: dict[str, Any] = {}

    def place(temporary: Path) -> Path:
        digest = file_sha256(temporary)
        found.update(sha256=digest, suffix=suffix, size_bytes=temporary.stat().st_size)
        folder = objects / digest[:2]
        folder.mkdir(exist_ok=True)
        return folder / f"{digest}{suffix}"

    try:
        objects.mkdir(parents=True, exist_ok=True)
        _write_then(objects, suffix, write, place)
    except OSError as error:
        raise _cannot_write(objects, error) from error
    return found


def _write_then(
    folder: Path, suffix: str, write: Callable[[BinaryIO], Any], place: Callable[[Path], Path]
) -> None:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-", suffix=suffix)
    temporary = Path(name)
    try:
        os.fchmod(handle, 0o644)  # a report is for others too; mkstemp makes it private
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        target = place(temporary)
        temporary.replace(target)
        sync_folder(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk: files that came or went stay so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Cannot write {path}: {error.strerror or error}. Give the store a folder with room "
        "and write permission (--store-dir, now "
        f"{store_root()}) and run the same command again: what was computed before is kept."
    )
