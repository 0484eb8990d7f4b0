"""Downloads: retried, limited in size, told in plain words, in a process with a deadline.

Reading from the network can hang where no time-out reaches: in the resolver of names, in a
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
from typing import BinaryIO

import httpx
import stamina

from engine.paths import ROOT
from tasks.errors import SourceUnavailable

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h
GRACE_SECONDS = 5
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.25  # doubled after each attempt
JITTER_SECONDS = 0.25  # at most; many clients do not come back at the same moment
SILENCE_SECONDS = 10.0
LARGEST_BYTES = 64 * 2**20  # the largest IDX file of MNIST has 10 MB
TOO_MANY_REQUESTS = 429


class Passing(SourceUnavailable):
    """A failure that may be gone at the next attempt."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder for what a module writes; it is deleted in any case.

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
        With the last line of the module's standard error, or that its time ran out.
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

    If the parent process was killed, an alarm ends this one soon after its time is over.
    """
    *rest, seconds = arguments
    signal.alarm(math.ceil(float(seconds)) + GRACE_SECONDS)
    try:
        attempt(*rest)
    except SourceUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    return 0


def download(
    url: str, path: Path, *, decoded: bool = False, largest_bytes: int = LARGEST_BYTES
) -> None:
    """Write the body that `url` answers with to `path`, in up to three attempts.

    Parameters
    ----------
    url : str
    path : Path
        Each attempt begins the file anew.
    decoded : bool
        Whether to undo the body's content encoding. Without it a ``.gz`` file stays gzipped
        even if the server calls gzip its content encoding.
    largest_bytes : int
        A larger body is refused.

    Raises
    ------
    SourceUnavailable
        If the last attempt failed, or one failed in a way that stays: a client error such as
        404, or a body that is too large.
    """
    retries = stamina.retry_context(
        on=Passing,
        attempts=ATTEMPTS,
        timeout=None,  # the process has a deadline
        wait_initial=FIRST_PAUSE_SECONDS,
        wait_jitter=JITTER_SECONDS,
    )
    try:
        for attempt in retries:
            with attempt, path.open("wb") as file:
                _get(url, file, decoded=decoded, largest_bytes=largest_bytes)
    except Passing as error:
        raise SourceUnavailable(f"{error} (tried {ATTEMPTS} times)") from error


def _get(url: str, file: BinaryIO, *, decoded: bool, largest_bytes: int) -> None:
    with (
        _in_plain_words(url),
        httpx.stream("GET", url, timeout=SILENCE_SECONDS, follow_redirects=True) as response,
    ):
        if response.is_error:
            raise _refusal(response)
        written = 0
        for part in response.iter_bytes() if decoded else response.iter_raw():
            written += file.write(part)
            if written > largest_bytes:
                raise SourceUnavailable(f"sent more than {largest_bytes:,} bytes for {url}")


def _refusal(response: httpx.Response) -> SourceUnavailable:
    passing = response.is_server_error or response.status_code == TOO_MANY_REQUESTS
    kind = Passing if passing else SourceUnavailable
    words = f"{response.status_code} {response.reason_phrase}".strip()
    return kind(f"answered {words} for {response.url}")


@contextmanager
def _in_plain_words(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise Passing(f"was silent for {SILENCE_SECONDS:.0f} s at {url}") from error
    except httpx.ConnectError as error:
        raise Passing(f"could not be reached ({error})") from error
    except httpx.RemoteProtocolError as error:
        raise Passing(f"broke off in the middle of {url} ({error})") from error
    except httpx.HTTPError as error:
        raise Passing(f"failed at {url} ({error})") from error
    except httpx.InvalidURL as error:
        raise SourceUnavailable(f"named {url!r}, which is no address ({error})") from error
