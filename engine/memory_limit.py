"""How much memory this process may take, where another one watches that."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_limit: ContextVar[int | None] = ContextVar("memory_limit", default=None)


def memory_limit() -> int | None:
    """Return the bytes that this process may take; None if only the machine limits it."""
    return _limit.get()


@contextmanager
def limited_to(n_bytes: int | None) -> Iterator[None]:
    """Let this process know for the time of a block that more would end it."""
    token = _limit.set(n_bytes)
    try:
        yield
    finally:
        _limit.reset(token)
