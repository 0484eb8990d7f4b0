"""A run in a terminal: what ended stays, and below it stands what is at work and what is left."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from textwrap import wrap

from rich.cells import cell_len
from rich.console import Console, Group
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.text import Text

from engine.cli.live_lines import AtWork, Marks, line_of, line_of_reused, line_of_run, line_of_work
from engine.printable import printable
from engine.run.display import Ahead, Outcome, Place, PlainLines
from engine.run.exit import in_the_middle

TICK_SECONDS = 0.125


class LiveDisplay:
    """Shows a run in a terminal.

    A step that was computed leaves one line. Steps that were reused one after the other leave
    one line together. Below stand the steps at work and the whole run; they are drawn anew
    eight times a second and are gone when the run ends.

    Parameters
    ----------
    say : callable
        Takes a line of text for the terminal and the run's log.
    log : callable
        Takes a line of text for the run's log alone, which holds the plain lines.
    is_verbose : bool
        Whether each reused step leaves its own line, and each computed one its whole reason
        and its key.
    console : Console, optional
        The terminal; the one of the process by default.
    """

    def __init__(
        self,
        *,
        say: Callable[[str], None],
        log: Callable[[str], None],
        is_verbose: bool = False,
        console: Console | None = None,
    ) -> None:
        self.say = say
        self._log = PlainLines(log)
        self._is_verbose = is_verbose
        # soft_wrap: a path that is longer than a line is left whole, to be copied
        self._console = console or Console(
            force_terminal=True, force_interactive=True, soft_wrap=True, highlight=False
        )
        self._marks = Marks.for_encoding(self._console.encoding)
        self._lock = threading.RLock()
        self._at_work: dict[str, AtWork] = {}
        self._reused: list[str] = []  # labels whose line is still to be written
        self._ended = 0
        self._total = 0
        self._start = time.monotonic()
        self._ahead: Callable[[], Ahead] = lambda: Ahead(0.0, is_whole=False)
        self._left = Ahead(0.0, is_whole=False)  # when it was last asked for
        self._counted: frozenset[str] = frozenset()  # the steps at work that it does not hold
        self._drawn: tuple[int, tuple[int, ...]] = (0, ())  # columns, and those of each line

    @contextmanager
    def following(self, ahead: Callable[[], Ahead]) -> Iterator[None]:
        """Show for the time of a ``with`` block how far a run is."""
        context = copy_context()  # the thread that draws does not know the store by itself
        self._ahead = partial(context.run, ahead)
        live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),  # a file it goes to keeps it
            get_renderable=self._drawing,
        )
        over = threading.Event()
        ticking = threading.Thread(target=self._tick, args=(live, over), daemon=True)
        in_the_middle(lambda: self._close(live, over))
        live.start()
        ticking.start()
        try:
            yield
        finally:
            self._close(live, over)

    def _close(self, live: Live, over: threading.Event) -> None:
        """Take the drawing away and show the cursor again; a second time changes nothing."""
        with self._lock:
            if not over.is_set():
                over.set()
                self._leave_reused()
                live.stop()

    @contextmanager
    def at_work(self, place: Place, expected_seconds: float | None) -> Iterator[None]:
        """Show for the time of a ``with`` block that a step is at work."""
        work = AtWork(place.label, time.monotonic(), expected_seconds)
        with self._lock:
            self._total = place.total
            self._at_work[place.label] = work
        try:
            yield
        finally:
            with self._lock:
                del self._at_work[place.label]

    def ended(self, place: Place, outcome: Outcome) -> None:
        """Leave a line about a step, or count it with the reused ones before it."""
        self._log.ended(place, outcome)
        with self._lock:
            self._total = place.total
            self._ended += outcome.fate != "stopped"
            if outcome.fate in {"reused", "not selected"}:
                self._reused.append(place.label)
                if self._is_verbose:
                    self._leave_reused()
                return
            self._leave_reused()
            self._print(line_of(place, outcome, self._marks, self._columns))
            if self._is_verbose and outcome.fate == "computed":
                self._print(self._details(outcome))

    def _details(self, outcome: Outcome) -> Text:
        text = wrap(f"why: {outcome.why}", self._columns - 3, subsequent_indent="     ")
        return Text("\n".join(f"   {line}" for line in (*text, f"key: {outcome.key}")), "dim")

    @property
    def _columns(self) -> int:
        return max(20, self._console.width - 1)  # a full line would move some cursors down

    def _leave_reused(self) -> None:
        if self._reused:
            self._print(line_of_reused(self._reused, self._marks, self._columns))
            self._reused = []

    def _print(self, text: Text) -> None:
        self._erase_wrapped()
        shown = printable(text.plain)
        self._console.print(text if shown == text.plain else Text(shown))

    def _tick(self, live: Live, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            self._look_ahead()
            with self._lock:
                if not over.is_set():
                    self._erase_wrapped()
                    live.refresh()

    def _look_ahead(self) -> None:
        """Ask how long the rest takes, once for each step that is not over at once."""
        with self._lock:
            now = time.monotonic()
            is_new = any(
                each.is_shown(now) and each.label not in self._counted
                for each in self._at_work.values()
            )
        if is_new:
            left = self._ahead()
            with self._lock:
                self._left, self._counted = left, frozenset(self._at_work)

    def _drawing(self) -> Group:
        """Return the lines below those that stay."""
        with self._lock:
            now, columns = time.monotonic(), self._columns
            works = list(self._at_work.values())
            shown = [each for each in works if each.is_shown(now)]
            lines = [Text(), *(line_of_work(each, now, self._marks, columns) for each in shown)]
            if self._reused:
                lines.insert(0, line_of_reused(self._reused, self._marks, columns))
            counted = [each.left(now) for each in works if each.label in self._counted]
            left = Ahead(
                self._left.seconds + sum(each or 0.0 for each in counted),
                self._left.is_whole and None not in counted,
            )
            so_far = now - self._start
            lines.append(line_of_run(self._ended, self._total, so_far, left, self._marks, columns))
            self._drawn = (self._console.width, tuple(cell_len(line.plain) for line in lines))
            return Group(*lines)

    def _erase_wrapped(self) -> None:
        """Erase what a narrower window made of the drawing: more lines than were drawn."""
        columns, lengths = self._drawn
        width = self._console.width
        if not columns or width >= columns:
            return
        more = sum(-(-length // width) - 1 for length in lengths if length)
        up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        self._console.control(
            Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *(up * more))
        )
        self._drawn = (width, ())
