"""The champion's log: a sealed line for each time one was promoted, put back or taken out of use.

Which model is in use, which ones it followed and which were rolled back is read from these lines
in their order, whatever the clock said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import DamagedFile
from engine.records import Record
from engine.store.sealed import read_sealed_lines
from tasks.champion.records import Champion

What = Literal["begun", "promoted", "rolled back", "retired"]


class Event(Record):
    """One line: `name` is in use from here on; none is if it is empty.

    `number` counts the lines from 1; `time` is ISO 8601 with its offset. A promotion says which
    model it is and which champion it followed, a rollback which champions it took back.
    """

    number: int
    time: str
    what: What
    name: str = ""
    model_sha256: str = ""
    previous: str | None = None
    taken_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a log amounts to.

    `line` names the champion in use and those it followed, newest first; `taken_back` those that
    a rollback took out of use since the last retirement. `models` holds the digest of each
    champion's model by its name, in the order of their promotions.
    """

    line: tuple[str, ...]
    taken_back: frozenset[str]
    models: Mapping[str, str]

    @property
    def in_use(self) -> str | None:
        """The champion in use."""
        return self.line[0] if self.line else None

    @property
    def models_taken_back(self) -> frozenset[str]:
        """The digests of the models that a person has rolled back from."""
        in_line = {self.models.get(name) for name in self.line}
        return frozenset(self.models.get(name, "") for name in self.taken_back) - in_line


def standing_of(log: tuple[Event, ...]) -> Standing:
    """Return what the lines of a log amount to."""
    line = _line(log[-1].name, _followed(log)) if log else ()
    anew = max((each.number for each in log if not each.name), default=0)
    taken_back = {name for each in log[anew:] for name in each.taken_back}
    models = {each.name: each.model_sha256 for each in log if each.what == "promoted"}
    return Standing(line, frozenset(taken_back), models)


def read_log(path: Path) -> tuple[Event, ...]:
    """Return the lines of a log.

    Raises
    ------
    DamagedFile
        If a line is missing or is not the one that was written.
    """
    log = read_sealed_lines(path, Event)
    if not log or [each.number for each in log] != [*range(1, len(log) + 1)]:
        raise DamagedFile(f"{path} is damaged: lines are missing or out of order.", path)
    return log


def with_event(log: tuple[Event, ...], what: What, time: str, **facts: Any) -> tuple[Event, ...]:
    """Return a log with one more line."""
    return (*log, Event(number=len(log) + 1, what=what, time=time, **facts))


def with_promotion(log: tuple[Event, ...], new: Champion, time: str) -> tuple[Event, ...]:
    """Return a log after a promotion."""
    facts = {"name": new.name, "model_sha256": new.model_sha256, "previous": new.previous}
    return with_event(log, "promoted", time, **facts)


def with_rollback(log: tuple[Event, ...], name: str, time: str) -> tuple[Event, ...]:
    """Return a log after a rollback, which takes back what the other champion had followed."""
    taken_back = {*standing_of(log).line} - {*_line(name, _followed(log))}
    return with_event(log, "rolled back", time, name=name, taken_back=tuple(sorted(taken_back)))


def log_from_records(
    records: Iterable[Champion], in_use: Champion | None, time: str
) -> tuple[Event, ...]:
    """Write a log for a store that has none, from its champions' records.

    A record names the champion before it. What followed the champion in use, or one that this
    one followed, and did not lead to it, was taken back.
    """
    log = with_event((), "begun", time)
    for each in sorted(records, key=lambda each: each.name):
        log = with_promotion(log, each, each.time)
    if in_use is None:
        return with_event(log, "retired", time)
    followed = _followed(log)
    line = {*_line(in_use.name, followed)}
    taken_back = tuple(n for n in followed if n not in line and line & {*_line(n, followed)})
    return with_event(log, "rolled back", time, name=in_use.name, taken_back=taken_back)


def _followed(log: tuple[Event, ...]) -> dict[str, str | None]:
    return {each.name: each.previous for each in log if each.what == "promoted"}


def _line(name: str | None, followed: Mapping[str, str | None]) -> tuple[str, ...]:
    line: list[str] = []
    while name and name not in line:
        line.append(name)
        name = followed.get(name)
    return tuple(line)
