"""Which display a run has: chosen here alone, by what was asked and where the output goes."""

import os
import sys
from collections.abc import Callable
from contextvars import ContextVar

from engine.cli.command import Detail
from engine.run.display import Display, PlainLines

# None where no command line asked: Prefect calls the flow of a deployment in a worker
_asked: ContextVar[Detail | None] = ContextVar("asked", default=None)


def show(detail: Detail) -> None:
    """Show the flow runs of this process in so much detail."""
    _asked.set(detail)


def chosen_display(*, say: Callable[[str], None], log: Callable[[str], None]) -> Display:
    """Return the display of a flow run.

    The log of a run holds the plain line of each step, whatever is shown.

    Parameters
    ----------
    say : callable
        Takes a line of text for the terminal and the run's log.
    log : callable
        Takes a line of text for the run's log alone.
    """
    detail = _asked.get()
    if detail == "quiet":
        return PlainLines(say, tell_step=log)
    is_verbose = detail == "verbose"
    if detail is None or not is_terminal():
        return PlainLines(say, is_verbose=is_verbose)
    from engine.cli.live import LiveDisplay  # a run without a terminal does without rich

    return LiveDisplay(say=say, log=log, is_verbose=is_verbose)


def is_terminal() -> bool:
    """Whether a person sees the output, on what can move its cursor."""
    is_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not is_ci
