"""What a run does when Prefect's server goes away under it.

Tasks need no server to compute and to keep their results, so the computing goes on. Before
publishing the server must answer again; one that was only restarted does.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from engine.errors import PlainError
from engine.server.in_use import server_name, server_problem

POLL_SECONDS = 1.0


class ServerLost(PlainError):
    """Prefect's server answered when the run began and does so no more."""


def wait_for_server(patience: float, *, say: Callable[[str], None]) -> None:
    """Return once Prefect's server answers.

    Parameters
    ----------
    patience : float
        Seconds to wait for it.

    Raises
    ------
    ServerLost
        If it does not answer within `patience`.
    """
    end = time.monotonic() + patience
    problem = server_problem()
    if problem is not None:
        say(f"{server_name()} does not answer ({problem}); waiting up to {patience:.0f} s for it")
    while problem is not None:
        if time.monotonic() > end:
            raise _lost(f"{problem}; it was waited for {patience:.0f} s")
        time.sleep(POLL_SECONDS)
        problem = server_problem()


@contextmanager
def reached() -> Iterator[None]:
    """Name what it is when the server goes away in the middle of publishing.

    Raises
    ------
    ServerLost
        If what is published inside does not reach it.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise _lost(str(error) or type(error).__name__) from error


def _lost(problem: str) -> ServerLost:
    return ServerLost(
        f"{server_name()} was lost during the run ({problem}). What was computed and the report "
        "are kept, but not published: start the server again (`make ui`) or unset "
        "PREFECT_API_URL, and the same command reuses it all and publishes it."
    )


def tell_loss_once(say: Callable[[str], None]) -> None:
    """Say once, in place of Prefect's own lines, when its server takes no more events."""
    logging.raiseExceptions = False  # Prefect's log worker then keeps its tracebacks to itself
    logger = logging.getLogger("prefect._internal")
    for handler in logger.handlers:
        handler.setLevel(logging.CRITICAL)
    logger.addHandler(_SaysOnce(say))


class _SaysOnce(logging.Handler):
    """Turns the first failure to reach the server into one line a person understands."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(level=logging.ERROR)
        self._say = say
        self._said = False

    def emit(self, record: logging.LogRecord) -> None:
        """Say it if it was not said before; whatever else failed is no news for a person."""
        if self._said or "EventsWorker" not in record.getMessage()[:200]:
            return
        self._said = True
        self._say(
            f"{server_name()} takes no events any more; computing goes on, and what is computed "
            "is kept"
        )
