"""Errors a user can act on: what was asked, what was found, what to do."""

import errno
from pathlib import Path


class PlainError(Exception):
    """A failure whose message is all the user needs; no traceback explains it better.

    The message names what was asked, what was found and what to do, in that order.
    """


class DamagedFile(PlainError):
    """A stored file is missing or is not what the store wrote; `path` names it if known."""

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class StoreError(PlainError):
    """The store could not be written."""


class UsageError(PlainError):
    """An option, a value or a name on the command line that is not one of those there are."""


def is_for_memory(error: BaseException) -> bool:
    """Whether an error says that the system has no memory left, for data, a file or a thread."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and "can't start new thread" in str(error))
    )
