"""Run a module of this project in a process of its own that cannot outlive its time.

Reading from the network can hang where no timeout reaches: in the resolver of names, in a
server that sends a byte a second. A process can be killed wherever it hangs.
"""

import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks.errors import SourceUnavailable

ROOT = Path(__file__).parents[1]
UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h
GRACE_SECONDS = 5


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder for what a module writes; it is deleted whatever happens.

    Raises
    ------
    SourceUnavailable
        If the system's folder for temporary files cannot be written.
    """
    try:
        folder = TemporaryDirectory(prefix="digits-fetch-")
    except OSError as error:
        raise SourceUnavailable(
            f"was not asked: temporary files cannot be written ({error.strerror or error})"
        ) from error
    with folder as name:
        yield Path(name)


def run_module(module: str, *arguments: str, seconds: float) -> None:
    """Run ``python -m module arguments...`` and kill it after `seconds`.

    Raises
    ------
    SourceUnavailable
        With what the module said when it gave up, or that its time ran out.
    """
    command = [sys.executable, "-m", module, *arguments, str(max(seconds, 0.0))]
    try:
        ended = subprocess.run(  # noqa: S603 - this project's own modules, no shell
            command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceUnavailable(f"gave no complete answer within {seconds:.3g} s") from None
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
        raise SourceUnavailable(lines[-1])


def answer(attempt: Callable[..., None], arguments: list[str]) -> int:
    """Be the module that `run_module` runs: the last argument is the time in seconds.

    A process whose parent was killed is ended by the kernel soon after its time is over.
    """
    *rest, seconds = arguments
    signal.alarm(math.ceil(float(seconds)) + GRACE_SECONDS)
    try:
        attempt(*rest)
    except SourceUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    return 0
