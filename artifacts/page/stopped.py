"""What a run that stopped says: where, why, what is kept and how to go on."""

from artifacts.text import table
from engine.records import Record


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


def stopped_report(stop: Stop) -> str:
    """Return the report of a stopped run as markdown."""
    return f"""**The run stopped {stop.where}.** It has no score on the test set.

### Why

{_quoted(stop.reason)}
{_traceback(stop.traceback)}
### How to go on

```console
{stop.command}
```

continues the run, from the project's folder, after the cause is removed: what is kept is reused.

### What is kept

{_kept(stop)}
"""


def _quoted(text: str) -> str:
    # a message is not markdown: its stars and brackets are shown as they are
    lines = text.strip().splitlines() or ["No reason was given."]
    return "\n".join(["```text", *lines, "```"])


def _traceback(text: str) -> str:
    if not text:
        return ""
    return f"""
This error was not expected. Its traceback:

```text
{text.rstrip()}
```
"""


def _kept(stop: Stop) -> str:
    if not stop.done:
        return f"No step was done before it. Results of earlier runs stay in `{stop.store}`."
    rows: list[tuple[object, ...]] = [(label, outcome) for label, outcome in stop.done]
    return f"""Kept in `{stop.store}`, each result checked by its sha256 before it is used again:

{table(("step", "time"), rows)}"""
