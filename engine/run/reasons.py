"""Why a step runs, in one short line: the first cause, not everything that follows from it."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from engine.cache.reuse import Examination
from engine.run.workflow import Step, steps_behind


class Reason(NamedTuple):
    """Why a step ran; `cause` is the step before it that changed, None if it changed itself."""

    text: str
    cause: str | None = None

    def __str__(self) -> str:
        return f"{self.cause} changed: {self.text}" if self.cause else self.text

    def within(self, columns: int) -> str:
        """Return the reason in so many columns, without its details if they are too many."""
        whole = str(self)
        if len(whole) <= columns:
            return whole
        return f"{self.cause} changed" if self.cause else f"{whole[: max(0, columns - 4)]} ..."


class Reasons:
    """Remembers the first cause of each step that ran, so that later steps can name it.

    Parameters
    ----------
    options : mapping of str to str
        The option that gives a task's parameter its value, by the parameter's name or the path
        in it; a difference there is written as a difference of the option.
    """

    def __init__(self, options: Mapping[str, str] = MappingProxyType({})) -> None:
        self._options = options
        self._causes: dict[Step, Reason] = {}

    def of(self, step: Step, found: Examination) -> Reason:
        """Return why a step runs, and remember it.

        A step whose own arguments, code and libraries are those of its last run was made to run
        by a step before it: then that step is named with its own cause.
        """
        own = self._own(step, found)
        if own is not None:
            reason = Reason(own)
            self._causes[step] = Reason(own, step.label)
            return reason
        behind = [self._causes[each] for each in step.upstream if each in self._causes]
        names = dict.fromkeys(each.parameter for each in found.differences if each.parameter)
        reason = behind[0] if behind else Reason(f"other inputs than last time: {', '.join(names)}")
        self._causes[step] = reason
        return reason

    def _own(self, step: Step, found: Examination) -> str | None:
        if not found.differences:
            return found.why
        given = _parameters_given_by_steps(step)
        own = [each.text for each in found.differences if each.parameter not in given]
        return "; ".join(map(self._as_option, own)) or None

    def _as_option(self, text: str) -> str:
        name, _, values = text.partition(" ")
        option = self._options.get(name) or self._options.get(name.rpartition(".")[2])
        return f"--{option.replace('_', '-')} {values}" if option else text


def _parameters_given_by_steps(step: Step) -> frozenset[str]:
    arguments: Mapping[str, object] = (
        inspect.signature(step.task.fn).bind(*step.args, **step.kwargs).arguments
    )
    return frozenset(name for name, value in arguments.items() if steps_behind(value))
