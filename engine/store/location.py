"""Where the store lies: one folder per run, named by the run's configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

DEFAULT_STORE = Path("data")

_store_root: ContextVar[Path] = ContextVar("store_root", default=DEFAULT_STORE)


def store_root() -> Path:
    """Return the folder that holds every stored object of this run."""
    return _store_root.get()


@contextmanager
def store_at(root: Path) -> Iterator[Path]:
    """Use `root` as the store inside the ``with`` block."""
    token = _store_root.set(Path(root).expanduser().resolve())
    try:
        yield store_root()
    finally:
        _store_root.reset(token)
