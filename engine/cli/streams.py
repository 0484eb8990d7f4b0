"""Standard output and error that outlive their reader: closed, full, or without a letter.

A command goes on when nobody reads what it says (``| head -1``), when the file behind it has no
room, and when it was started with them closed (``>&-``). A letter that the terminal's encoding
does not have is written as its escape.
"""

import errno
import io
import os
import select
import sys
from pathlib import Path
from typing import Any

from engine.run.exit_codes import DONE, STOPPED

_LOST: list[
    OSError
] = []  # why what a command says does not arrive; a reader that left is no reason


class Lasting(io.FileIO):
    """A descriptor of the process that takes everything, also when it can keep nothing."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, content: Any, /) -> int:
        """Write as a file does; what cannot be written is dropped and said once."""
        try:
            written = super().write(content)
        except OSError as error:
            _lose(error, self.fileno())
            return len(memoryview(content))
        if written is None:  # another program has set the terminal to answer at once
            select.select([], [self], [])
            return self.write(content)
        return written


def make_streams_last() -> None:
    """Give this process an output and an error that no write can fail at."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # the next file that is opened would be taken for it, by children too
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - it stays open
        elif type(stream) is io.TextIOWrapper and stream is getattr(sys, f"__{name}__"):
            setattr(sys, name, _lasting(stream, descriptor))


def after_saying(code: int) -> int:
    """Return the exit code of a command whose whole result is what it says.

    It is the given one, but not `DONE` if the words could not be kept.
    """
    sys.stdout.flush()
    return STOPPED if code == DONE and _LOST else code


def _lasting(stream: io.TextIOWrapper, descriptor: int) -> io.TextIOWrapper:
    raw = Lasting(descriptor)
    return io.TextIOWrapper(
        raw if stream.write_through else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _lose(error: OSError, descriptor: int) -> None:
    if error.errno == errno.EPIPE or _LOST:
        return
    _LOST.append(error)
    if descriptor == 1:
        sys.stderr.write(
            f"\nStandard output cannot be written: {error.strerror}. The command goes on without "
            "it. Send it elsewhere, or make room and run the same command again to see it.\n"
        )
