"""What a run that stopped says: where, why, what is kept and how to go on."""

from artifacts.render import RenderedReport
from artifacts.text import as_text, code_block, command_block, quoted, table
from engine.records import Record

KEY = "stopped"


class Stop(Record):
    """A run that did not reach its end.

    `step` is the label of the step it stopped in or just after, None before the first; `place`
    and `total` count steps. `reason` is for a person; `traceback` is empty where the reason
    says all. `done` are rows of label and outcome. `command` goes on from here.
    """

    step: str | None
    place: int
    total: int | None
    reason: str
    traceback: str
    done: tuple[tuple[str, str], ...]
    store: str
    command: str

    @property
    def where(self) -> str:
        """The place of the stop, in words that can follow "stopped"."""
        if self.step is None:
            return "before its first step"
        of = f" of {self.total}" if self.total else ""
        return f"at step {self.place}{of}, {self.step}"


def stopped_reports(stop: Stop) -> tuple[RenderedReport, ...]:
    """Return the report of a stopped run in parts: what to do, what is kept, the traceback."""
    parts = [
        (KEY, "Where and why it stopped", stopped_report(stop)),
        ("kept", "What is kept", _kept(stop)),
        ("traceback", "Where the error came from", _traceback(stop.traceback)),
    ]
    return tuple(
        RenderedReport(key=key, title=title, markdown=text, figures=())
        for key, title, text in parts
        if text
    )


def stopped_report(stop: Stop) -> str:
    """Say where and why a run stopped and how to go on, as markdown."""
    return f"""**The run stopped {as_text(stop.where)}.** It has no score on the test set.

### Why

{quoted(stop.reason or "No reason was given.")}

### How to go on

{command_block(stop.command)}

continues the run, from the project's folder, after the cause is removed: what is kept is reused.
"""


def _traceback(text: str) -> str:
    return f"This error was not expected.\n\n{code_block(text)}\n" if text else ""


def _kept(stop: Stop) -> str:
    if not stop.done:
        return (
            f"No step was done before it. Results of earlier runs stay in {as_text(stop.store)}.\n"
        )
    rows: list[tuple[object, ...]] = [(as_text(label), outcome) for label, outcome in stop.done]
    return f"""Kept in {as_text(stop.store)}, each result checked by its sha256 before it is used again.

{table(("step", "time"), rows)}
"""
