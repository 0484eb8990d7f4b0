"""Get one URL into memory or a file: retries with back-off and jitter, failures in plain words.

It runs in a process with a deadline (`tasks.deadline`), so it may wait as long as it likes.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from tasks.errors import SourceUnavailable

ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.5
SILENCE_SECONDS = 10.0
LARGEST_BYTES = 64 * 2**20  # the largest file of MNIST has 10 MB
TOO_MANY_REQUESTS = 429


class Passing(SourceUnavailable):
    """A failure that may be gone at the next attempt."""


def download(url: str, path: Path) -> None:
    """Write what `url` answers to `path`, in up to three attempts.

    Raises
    ------
    SourceUnavailable
        If the last attempt failed, or one failed in a way that stays: a client error such as
        404, or a body that is far too large.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with path.open("wb") as file:
                _get(url, file)
        except Passing as error:
            if attempt == ATTEMPTS:
                raise SourceUnavailable(f"{error} (tried {ATTEMPTS} times)") from error
            time.sleep(pause_seconds(attempt, random.random()))
        else:
            return


def pause_seconds(attempt: int, jitter: float) -> float:
    """Return how long to wait after a failed attempt: doubling, between half and whole.

    Parameters
    ----------
    attempt : int
        1 after the first attempt.
    jitter : float in [0, 1)
        A random number, so that many clients do not come back at the same moment.

    Examples
    --------
    >>> pause_seconds(1, 0.0), pause_seconds(1, 1.0), pause_seconds(3, 1.0)
    (0.25, 0.5, 2.0)
    """
    return FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1) * (1 + jitter) / 2


def _get(url: str, file: BinaryIO) -> None:
    with (
        _in_plain_words(url),
        httpx.stream("GET", url, timeout=SILENCE_SECONDS, follow_redirects=True) as response,
    ):
        if response.is_error:
            raise _refusal(response)
        written = 0
        # raw: a .gz file stays gzipped even if a server calls gzip its content encoding
        for part in response.iter_raw():
            written += file.write(part)
            if written > LARGEST_BYTES:
                raise SourceUnavailable(f"sent more than {LARGEST_BYTES:,} bytes for {url}")


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
