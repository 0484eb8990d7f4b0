"""How long the rest of a run takes, as far as earlier runs and the store tell it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.cache.reuse import is_stored, remembered_seconds
from engine.cache.task import KeyParts, key_parts
from engine.run.display import Ahead
from engine.run.workflow import Step, resolve


class Forecast:
    """Looks at the steps to come without opening a stored result.

    A step whose arguments are known would run if nothing is stored under its key, and takes as
    long as the same work took. One whose arguments are not known yet would run if a step that it
    takes a result of would run, and takes a time that is not known.

    Parameters
    ----------
    steps : sequence of Step
        The steps of a run, in the order they were declared.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        # of steps whose arguments are known: the key they would run for, None if they would not
        self._would_run: dict[Step, KeyParts | None] = {}
        self._seconds: dict[Step, float | None] = {}

    def ahead(self, results: Mapping[Step, Any], begun: Collection[Step]) -> Ahead:
        """Return how long the steps take that have not begun, one after the other."""
        seconds, is_whole = 0.0, True
        verdicts: dict[Step, bool | None] = {}
        for step in self._steps:
            if step in results:
                continue
            verdict = verdicts[step] = self._verdict(step, results, verdicts)
            if step in begun:
                continue
            expected = self._expected(step) if verdict else None
            seconds += expected or 0.0
            is_known = verdict is False or expected is not None
            # whether a step with a condition comes at all is often known only at the end
            is_whole &= is_known or step.condition is not True
        return Ahead(seconds, is_whole)

    def _verdict(
        self,
        step: Step,
        results: Mapping[Step, Any],
        verdicts: Mapping[Step, bool | None],
    ) -> bool | None:
        """Return whether a step would run, None if that is not known."""
        missing = [each for each in step.upstream if each not in results]
        if missing:
            return True if any(verdicts.get(each) for each in missing) else None
        if step not in self._would_run:
            try:
                self._would_run[step] = _would_run(step, results)
            except Exception:  # noqa: BLE001 - what is wrong is told when the step itself begins
                return None
        return self._would_run[step] is not None

    def _expected(self, step: Step) -> float | None:
        """Return the seconds of the same work; without its arguments it could be any work."""
        parts = self._would_run.get(step)
        if parts is None:
            return None
        if step not in self._seconds:
            self._seconds[step] = remembered_seconds(step.known_as, parts)
        return self._seconds[step]


def _would_run(step: Step, results: Mapping[Step, Any]) -> KeyParts | None:
    if not resolve(step.condition, results):
        return None
    args, kwargs = resolve(step.args, results), resolve(dict(step.kwargs), results)
    parts = key_parts(step.task, *args, **kwargs)
    return None if is_stored(parts) else parts
