"""The only writer of the store: content-addressed files, written whole or not at all.

A file is named by the sha256 of its content, so its name says what the content must be.
Every write goes to a temporary file in the target's folder, is flushed to the disk and then
renamed: a kill leaves the old state or the new one.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import DamagedFile, StoreError
from engine.store.location import store_root
from engine.store.refs import ArrayRef, FileRef, ModelRef, file_sha256

if TYPE_CHECKING:
    import numpy as np
from engine.store.files import _cannot_write, _write_then


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
    StoreError
        If an earlier version of the project stored it, whose modules have other names today.
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
    try:
        return joblib.load(io.BytesIO(content))
    except (ModuleNotFoundError, AttributeError) as error:
        raise StoreError(
            f"The stored model {ref.path} was made by an earlier version of this project: {error}. "
            "It is kept, but this version cannot open it. Check out the version that made it, or "
            "run the workflow again: a new model is fitted and compared with its stored scores."
        ) from error


def save_bytes(content: bytes, suffix: str) -> FileRef:
    """Store bytes, such as a PNG, under a suffix that begins with a dot."""
    return FileRef(**_save(suffix, lambda file: file.write(content)))


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
