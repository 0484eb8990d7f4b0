"""What a run says in the terminal, and what its exit code means."""

import gc
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import httpx
from prefect import Flow
from prefect.client.schemas import State
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.logging.handlers import PrefectConsoleHandler

from flows import state_names
from flows.config import CommandLine, UsageError
from flows.exit_codes import BAD_KNOB, DONE, GOAL_MISSED, INTERRUPTED, STOPPED, UNEXPECTED
from flows.leaving import end_soon_after_signals, leave
from flows.running import close_own_run
from flows.server_in_use import use_server
from flows.server_loss import tell_loss_once
from tasks.errors import PlainError

# of a flow that works in a store that goes with it: nothing is noted there
NO_STORE = Path("no-store")


def say(text: str) -> None:
    """Print a line and, inside a flow run, log it so that the Prefect UI shows it too."""
    print(text, flush=True)  # noqa: T201 - the terminal is where the user watches
    if FlowRunContext.get() is not None:
        get_run_logger().info(text)


def complain(text: str) -> None:
    """Print to standard error why something ended as it should not."""
    print(f"\n{text}", file=sys.stderr, flush=True)  # noqa: T201 - as in `say`


def run_from_command_line(
    flow: Flow[..., Any],
    tell: Callable[[Any], None],
    ask: Callable[[], Any] = CommandLine.from_command_line,
) -> int:
    """Run a flow with the knobs of the command line, or `tell` its plan; return the exit code.

    `ask` reads the command line; it returns the flow's `config` and whether only the `plan`
    is wanted.

    0 done, 1 the goal was required and missed (or a run could not be reproduced), 2 a bad knob,
    3 stopped by an error with a plain message, 4 by an unexpected one, 130 interrupted (Ctrl-C),
    143 terminated.
    """
    try:
        asked = ask()
    except UsageError as error:
        complain(str(error))
        return BAD_KNOB
    signal.signal(signal.SIGTERM, _leave_in_order)
    gc.freeze()  # looking through all imported modules again and again is a tenth of a warm run
    try:
        if asked.plan:
            return _told(asked.config, tell)
        _quiet_prefect()
        use_server()
        here = copy_context()  # another thread does not know the server in use by itself
        store: Path = getattr(asked, "store_dir", NO_STORE)
        end_soon_after_signals(lambda: here.run(close_own_run, store.expanduser()))
        state: State[Any] = flow(asked.config, return_state=True)  # type: ignore[assignment]  # Flow[..., Any] hides the overload for return_state
        return _exit_code(state)
    except PlainError as error:
        complain(str(error))
        return STOPPED
    except (RuntimeError, httpx.HTTPError) as error:  # Prefect's API cannot be reached
        complain(_without_server(error))
        return STOPPED
    except KeyboardInterrupt:
        complain("Interrupted. Run the same command again: what was computed is kept.")
        return INTERRUPTED


def _leave_in_order(number: int, _: FrameType | None) -> NoReturn:
    """End by way of Python's exit, so that Prefect sends its last events to the server of this run.

    Prefect first closes the flow run as Crashed and then gives the signal to this handler.
    """
    leave(128 + number)


def _told(config: Any, tell: Callable[[Any], None]) -> int:
    try:
        tell(config)
    except PlainError as error:
        complain(str(error))
        return STOPPED
    return DONE


def _exit_code(state: State[Any]) -> int:
    if state.is_completed():
        return DONE
    if state.name in {state_names.GOAL_MISSED, state_names.NOT_REPRODUCED}:
        complain(state.message or "The goal was missed.")
        return GOAL_MISSED
    try:
        state.result()
    except PlainError as error:
        complain(f"{error}\nWhat was computed before this is kept.")
        return STOPPED
    except httpx.HTTPError as error:
        complain(_without_server(error))
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        traceback.print_exception(error)
        complain(f"The run stopped unexpectedly: {error!r}. What was computed before is kept.")
    return UNEXPECTED


def _without_server(error: BaseException) -> str:
    """Say what stopped a run whose end Prefect's server did not take.

    The engine fails at telling the server why the flow failed, so the reason is behind that.
    """
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, PlainError):
            return str(behind)
        behind = behind.__cause__ or behind.__context__
    return (
        f"Prefect's server could not be used: {error} Run the same command again, or start a "
        "server with `make ui` and set PREFECT_API_URL; what was computed before is kept."
    )


def _quiet_prefect() -> None:
    """Leave the terminal to `say`; Prefect's own lines and tracebacks stay in the UI."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, PrefectConsoleHandler):
            handler.setLevel(logging.CRITICAL)
    tell_loss_once(say)
