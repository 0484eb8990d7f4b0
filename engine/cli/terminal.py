"""What a run says in the terminal, and what its exit code means."""

import gc
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from contextvars import copy_context
from types import FrameType
from typing import Any, NoReturn, TypeVar

import httpx
from prefect import Flow
from prefect.client.schemas import State
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.logging.handlers import PrefectConsoleHandler

from engine.cli.command import command_line_of
from engine.cli.shown import show
from engine.cli.streams import after_saying
from engine.cli.surroundings import prepare_process
from engine.errors import PlainError, UsageError, is_for_memory
from engine.printable import printable
from engine.run.crashed import close_own_runs, run_noted
from engine.run.exit import end_soon_after_signals, in_the_middle, leave
from engine.run.exit_codes import BAD_OPTION, CHECK_FAILED, DONE, INTERRUPTED, STOPPED, UNEXPECTED
from engine.server.in_use import use_server
from engine.server.loss import tell_loss_once

R = TypeVar("R")

# names of failed states that say nothing but that: a flow's own names say what it found
PREFECTS_OWN = frozenset({"Failed", "TimedOut"})

GO_ON = {STOPPED, UNEXPECTED, INTERRUPTED}  # the same command may then come further
CUT_SHORT = "Ended in the middle of a step. What was computed before is kept. "
REASON_FIRST = "Put right what is said above first. "


def say(text: str) -> None:
    """Print a line and, inside a flow run, log it so that the Prefect UI shows it too."""
    print(printable(text), flush=True)  # noqa: T201 - the terminal is where the user watches
    note(text)


def note(text: str) -> None:
    """Inside a flow run, log a line so that the Prefect UI shows it."""
    if FlowRunContext.get() is not None:
        get_run_logger().info(printable(text))


def complain(text: str) -> None:
    """Print to standard error why something ended as it should not."""
    print(f"\n{printable(text)}", file=sys.stderr, flush=True)  # noqa: T201 - as in `say`


def tell_command(command: str, *, first: str = "") -> None:
    """End what is printed with the exact command that goes on; `first` says what comes before."""
    complain(f"{first}Go on with:\n{command}")


def run_from_command_line(
    flow: Flow[..., Any],
    tell: Callable[[Any], None],
    ask: Callable[[], Any],
) -> int:
    """Run a flow with the options of the command line, or `tell` its plan; return the exit code.

    `ask` reads the command line; it returns the flow's `parameters`, the first of which is its
    `config`, its `store_dir` if it has one, and the options of the command itself (`RunCommand`).
    A run that stopped leaves the exact command that goes on as the last line.

    0 done, 1 the flow itself ended as Failed by a name of its own, 2 a bad option,
    3 stopped by an error with a plain message, 4 by an unexpected one, 130 interrupted (Ctrl-C),
    143 terminated.
    """
    return run_command(ask, lambda asked: tell(asked) if asked.plan else _run(flow, asked))


def run_command(
    ask: Callable[[], R],
    do: Callable[[R], int | None],
    *,
    interrupted: str = "Interrupted. What was computed is kept.",
) -> int:
    """Read a command line by `ask`, `do` what it asks for, and return the exit code.

    What `do` returns is the exit code; nothing if its whole result is what it says. What stops
    it is told in plain words, with the code that `engine.run.exit_codes` gives it; at Ctrl-C that
    is `interrupted`.
    """
    prepare_process()
    gc.freeze()  # looking through all imported modules again and again is a tenth of a warm run
    gc.enable()  # `flows` has put it off until now
    try:
        code = do(ask())
        return after_saying(DONE) if code is None else code
    except SystemExit as left:  # after --help and --version
        left.code = after_saying(int(left.code or DONE))
        raise
    except UsageError as error:
        complain(str(error))
        return BAD_OPTION
    except PlainError as error:
        complain(str(error))
        return STOPPED
    except KeyboardInterrupt:
        complain(interrupted)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        return _told(error)


def _run(flow: Flow[..., Any], asked: Any) -> int:
    show(asked.detail)
    command = command_line_of(asked)
    in_the_middle(lambda: tell_command(command, first=CUT_SHORT))
    code = _ended(flow, asked)
    if code in GO_ON:
        tell_command(command, first="" if code == INTERRUPTED else REASON_FIRST)
    return code


def _ended(flow: Flow[..., Any], asked: Any) -> int:
    signal.signal(signal.SIGTERM, _leave_in_order)
    try:
        _quiet_prefect()
        use_server()
        here = copy_context()  # another thread does not know the server in use by itself
        end_soon_after_signals(lambda: here.run(close_own_runs))
        return _exit_code(run_noted(flow, asked.parameters, getattr(asked, "store_dir", None)))
    except PlainError as error:
        complain(str(error))
        return STOPPED
    except (RuntimeError, httpx.HTTPError) as error:  # Prefect's API cannot be reached
        if is_for_memory(error):
            return _told(error)
        complain(_without_server(error))
        return STOPPED
    except KeyboardInterrupt:
        complain("Interrupted. What was computed is kept.")
        return INTERRUPTED


def _leave_in_order(number: int, _: FrameType | None) -> NoReturn:
    """End by way of Python's exit, so that Prefect sends its last events to the server of this run.

    Prefect first closes the flow run as Crashed and then gives the signal to this handler.
    """
    leave(128 + number)


def _exit_code(state: State[Any]) -> int:
    if state.is_completed():
        return DONE
    if state.is_failed() and state.name not in PREFECTS_OWN:
        complain(state.message or f"The run ended as {state.name}.")
        return CHECK_FAILED
    try:
        state.result()
    except PlainError as error:
        complain(f"{error}\nWhat was computed before this is kept.")
        return STOPPED
    except httpx.HTTPError as error:
        complain(_without_server(error))
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        return _told(error)
    return UNEXPECTED


def _told(error: Exception) -> int:
    """Say what stopped a command that has no message of its own; return the exit code."""
    if is_for_memory(error):
        complain(
            f"The machine has not enough memory for this ({error!r}). Free some, make no shifted "
            "copies (--shift 0) or use fewer cores (--n-jobs 1), and run the same command again: "
            "what was computed before is kept."
        )
        return STOPPED
    traceback.print_exception(error)
    complain(f"The command stopped unexpectedly: {error!r}. What was computed before is kept.")
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
