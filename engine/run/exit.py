"""End a process in bounded time, whatever it still waits for.

At Python's exit Prefect sends the events it still holds, each with seconds of retries: with
its server lost, a finished run would hang for many minutes. And a signal is seen by Python
only between two steps of its own: a fit deep in compiled code may take longer than a person
who stops it wants to wait.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

# sending the rest to a living server takes a fraction of a second; a stopped process is
# promised to be gone within 10 s
GRACE_SECONDS = 7.0
LAST_WORDS_SECONDS = 2.0
_IN_THE_MIDDLE: list[Callable[[], object]] = []


def in_the_middle(last: Callable[[], object]) -> None:
    """Call this too, newest first, if the process must end in the middle of a task."""
    _IN_THE_MIDDLE.append(last)


def leave(code: int) -> NoReturn:
    """Exit in order if that succeeds soon, and without order if it does not."""
    _IN_THE_MIDDLE.clear()  # the main thread has ended its task
    last_resort = threading.Timer(GRACE_SECONDS, _end, (code,))
    last_resort.daemon = True  # it must not itself keep the process from ending
    with suppress(RuntimeError):  # without room for a thread the end is waited for
        last_resort.start()
    sys.exit(code)


def end_soon_after_signals(
    last_words: Callable[[], object], *, grace: float = GRACE_SECONDS
) -> None:
    """End this process soon after SIGTERM or Ctrl-C, even if its main thread does not notice.

    Parameters
    ----------
    last_words : callable
        Called in another thread when the main thread did not end in time.
    grace : float
        Seconds the main thread has.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.detach(), warn_on_full_buffer=False)

    def watch() -> None:
        while (number := heard.recv(1)[0]) not in {signal.SIGTERM, signal.SIGINT}:
            continue
        time.sleep(grace)
        speaking = threading.Thread(target=_speak, args=(last_words,), daemon=True)
        speaking.start()
        speaking.join(LAST_WORDS_SECONDS)
        _end(128 + number)

    threading.Thread(target=watch, name="end-soon-after-signals", daemon=True).start()


def _speak(last_words: Callable[[], object]) -> None:
    for last in (*reversed(_IN_THE_MIDDLE), last_words):
        with suppress(Exception):  # a terminal or a server that is gone
            last()


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a terminal that is gone
            stream.flush()
    os._exit(code)
