"""The lines of a live display as text that fits the columns of a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from rich.text import Text

from engine.run.display import Ahead, Outcome, Place, duration

LABEL_COLUMNS = 45
SECONDS_COLUMNS = 11
WORDS_COLUMNS = 16  # such as "about 12 s left"
BAR_COLUMNS = 24
FEWEST_COLUMNS = 6  # a shorter bar tells nothing
FRAMES_PER_SECOND = 8
SHORT_SECONDS = 0.25  # a step that is over by then would only flicker


class Marks(NamedTuple):
    """The signs of a display, and the frames of the one that turns."""

    done: str
    reused: str
    bad: str
    full: str
    empty: str
    dot: str
    frames: str

    @classmethod
    def for_encoding(cls, encoding: str) -> Self:
        """Return signs that a terminal of this encoding can show."""
        if encoding.lower().startswith("utf"):
            return cls("✓", "·", "✗", "━", "─", "·", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
        return cls("+", ".", "x", "=", "-", "-", "|/-\\")


@dataclass(frozen=True, slots=True)
class AtWork:
    """A step at work: its label, when it began on the monotonic clock, seconds it took before."""

    label: str
    start: float
    expected: float | None

    def is_shown(self, now: float) -> bool:
        """Whether it takes long enough to be seen."""
        return now - self.start >= SHORT_SECONDS

    def left(self, now: float) -> float | None:
        """Return the seconds it still takes if it takes as long as last time; None if unknown."""
        if self.expected is None:
            return None
        return max(0.0, self.start + self.expected - now)


def line_of(place: Place, outcome: Outcome, marks: Marks, columns: int) -> Text:
    """Return the line that a step leaves which was computed, was stopped or gave nothing."""
    if outcome.fate == "none":  # the message is left whole
        return Text(f"{marks.bad} {place.label}: {outcome.why}", "yellow")
    if outcome.fate == "stopped":
        words = f"{marks.bad} {place.label}: stopped after {duration(outcome.seconds)}"
        return _fitted(Text(words, "bold red"), columns)
    text = _label(marks.done, "green", place.label, columns - SECONDS_COLUMNS)
    text.append(f"{duration(outcome.seconds):>{SECONDS_COLUMNS}}", "cyan")
    rest = columns - text.cell_len - 2
    if rest >= FEWEST_COLUMNS:  # the label comes before the reason
        text.append(f"  {outcome.reason.within(rest)}", "dim")
    return _fitted(text, columns)


def line_of_reused(labels: Sequence[str], marks: Marks, columns: int) -> Text:
    """Return one line for steps whose results were reused one after the other."""
    if len(labels) == 1:
        return _fitted(Text(f"{marks.reused} {labels[0]}: reused", "dim"), columns)
    between = "and" if len(labels) == 2 else "to"
    text = f"{marks.reused} {len(labels)} steps reused: {labels[0]} {between} {labels[-1]}"
    return _fitted(Text(text, "dim"), columns)


def line_of_work(work: AtWork, now: float, marks: Marks, columns: int) -> Text:
    """Return the line of a step at work: how long so far, and how long still."""
    elapsed = now - work.start
    frame = marks.frames[int(now * FRAMES_PER_SECOND) % len(marks.frames)]
    text = _label(
        frame, "bold cyan", work.label, columns - SECONDS_COLUMNS - WORDS_COLUMNS, style="bold"
    )
    text.append(f"{duration(elapsed):>{SECONDS_COLUMNS}}", "cyan")
    words, left = "first time", work.left(now)
    if work.expected is not None and left is not None:
        is_late = elapsed > work.expected
        words = f"{roughly(work.expected)} last time" if is_late else f"about {roughly(left)} left"
    rest = columns - text.cell_len - len(words) - 4
    if work.expected and rest >= FEWEST_COLUMNS:
        text.append("  ")
        text.append_text(_bar(elapsed / work.expected, min(BAR_COLUMNS, rest), marks))
    text.append(f"  {words}", "dim")
    return _fitted(text, columns)


def line_of_run(  # noqa: PLR0913, PLR0917 - all that is known of the whole run
    ended: int, total: int, elapsed: float, left: Ahead, marks: Marks, columns: int
) -> Text:
    """Return the line of the whole run: steps, time so far, time left."""
    parts = [f"{ended} of {total} steps" if total else "begins", f"{roughly(elapsed)} so far"]
    if left.seconds >= 0.5:  # less is written as 0 s
        parts.append(f"{'about' if left.is_whole else 'at least'} {roughly(left.seconds)} left")
    words = f" {marks.dot} ".join(parts)
    width = min(LABEL_COLUMNS, columns - len(words) - 3)
    text = Text()
    if width >= FEWEST_COLUMNS:
        text.append_text(_bar(ended / total if total else 0.0, width, marks)).append("  ")
    return _fitted(text.append(words), columns)


def roughly(seconds: float) -> str:
    """Write a duration that changes as one looks at it, without parts of a second.

    >>> roughly(0.4), roughly(59.6), roughly(7260)
    ('0 s', '1 min 0 s', '2 h 1 min')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else duration(whole)


def _label(mark: str, mark_style: str, label: str, columns: int, *, style: str = "") -> Text:
    width = max(10, min(LABEL_COLUMNS, columns - 2))
    return Text.assemble((mark, mark_style), " ", (f"{shortened(label, width):<{width}}", style))


def shortened(label: str, width: int) -> str:
    """Return a label in so many columns; its end stays, because folds differ there alone.

    >>> shortened("cross-validate SGD, fold 2 of 3", 21)
    'cross-validat… 2 of 3'
    """
    if len(label) <= width:
        return label
    end = width // 3
    return f"{label[: width - end - 1]}…{label[-end:]}"


def _bar(fraction: float, width: int, marks: Marks) -> Text:
    full = min(width, int(fraction * width))
    return Text.assemble(
        (marks.full * full, "cyan"), (marks.empty * (width - full), "bright_black")
    )


def _fitted(text: Text, columns: int) -> Text:
    text.truncate(columns, overflow="ellipsis")
    text.no_wrap = True
    return text
