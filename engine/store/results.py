"""Prefect's results as files that are written whole or not at all."""

import shutil
from pathlib import Path

from prefect.filesystems import LocalFileSystem

from engine.errors import StoreError
from engine.store.files import write_atomically


class ResultFiles(LocalFileSystem):
    """A folder of results; Prefect's own would leave half a file when there is no room."""

    _block_type_name = "Results written whole"

    def write_path(self, path: str, content: bytes, *, _sync: bool = True) -> str:  # type: ignore[override]  # Prefect's own may be awaited too
        """Write a file as `engine.store.files.write_atomically` does."""
        target = self._resolve_path(path)
        write_atomically(target, lambda file: file.write(content))
        return str(target)


def require_kept(path: Path, label: str) -> None:
    """Make sure that a result was stored: Prefect logs it if not, and goes on.

    Raises
    ------
    StoreError
        If it was not; without it the step would run again every night, and nobody knew why.
    """
    if path.exists():
        return
    free = shutil.disk_usage(path.parents[1]).free
    raise StoreError(
        f"The result of the step '{label}' could not be kept in {path.parent}, where "
        f"{free / 1e6:,.1f} MB are free. Give the store a folder with room and write permission "
        "(--store-dir) and run the same command again."
    )
