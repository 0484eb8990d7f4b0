"""What a run that stopped says: where, why, what is kept and how to go on."""

from artifacts.words import table
from tasks.records import Record


class Stop(Record):
    """A run that did not reach its end.

    `step` is the label of the step it stopped in or just after, None before the first; `place`
    and `total` count steps. `reason` is for a person; `traceback` is empty where the reason
    says all. `done` are rows of label and fate. `command` goes on from here.
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
    return f"""**The run stopped {stop.where}.** No score on the test set is claimed by it.

### Why

{_quoted(stop.reason)}
{_traceback(stop.traceback)}
### How to go on

```console
{stop.command}
```

goes on from here, from the project's folder, once the reason is out of the way: what is kept is reused.

### What is kept

{_kept(stop)}
"""


def _quoted(text: str) -> str:
    # a message is no markdown: its stars and brackets are to be seen as they are
    lines = text.strip().splitlines() or ["No reason was given."]
    return "\n".join(["```text", *lines, "```"])


def _traceback(text: str) -> str:
    if not text:
        return ""
    return f"""
Nobody foresaw this. Where it came from:

```text
{text.rstrip()}
```
"""


def _kept(stop: Stop) -> str:
    if not stop.done:
        return f"No step was done before it. Results of earlier runs stay in `{stop.store}`."
    rows: list[tuple[object, ...]] = [(label, fate) for label, fate in stop.done]
    return f"""Kept in `{stop.store}`, each result checked by its sha256 before it is used again:

{table(("step", "time"), rows)}"""
