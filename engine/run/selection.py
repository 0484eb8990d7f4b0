"""Choose steps of a workflow by name: only one, from one on, up to one."""

from collections.abc import Sequence
from difflib import get_close_matches

from engine.errors import UsageError
from engine.records import Record
from engine.run.workflow import Step, needed_by


class Selection(Record):
    """The steps a person asked for by name; None asks for no limit.

    A name is a task's name or a step's label, or the beginning of one if it is no other's.
    """

    only: str | None = None
    from_step: str | None = None
    to_step: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether the whole workflow is meant."""
        return self.only is None and self.from_step is None and self.to_step is None

    def of(self, steps: Sequence[Step]) -> frozenset[Step]:
        """Return the steps that are meant.

        Raises
        ------
        UsageError
            If a name is no step's, or the beginning of several; lists the names.
        """
        if self.only is not None:
            return named(steps, self.only)
        chosen = frozenset(steps)
        if self.from_step is not None:
            chosen &= after(steps, named(steps, self.from_step))
        if self.to_step is not None:
            chosen &= needed_by(named(steps, self.to_step))
        if not chosen:
            raise UsageError(
                f"Asked for the steps from '{self.from_step}' to '{self.to_step}'; no step lies "
                "between them. Name an earlier step with --from or a later one with --to."
            )
        return chosen


def named(steps: Sequence[Step], name: str) -> frozenset[Step]:
    """Return the steps whose task or label has this name or is the only one to begin with it.

    Raises
    ------
    UsageError
        If there is none, or several are meant; lists the names, the nearest first.
    """
    tasks = list(dict.fromkeys(step.task.name for step in steps))
    labels = [step.label for step in steps]
    for names in (tasks, labels):
        if name in names:
            return _with_name(steps, name)
    begun = [names for names in (tasks, labels) if any(each.startswith(name) for each in names)]
    found = [each for each in begun[0] if each.startswith(name)] if begun else []
    if len(found) == 1:
        return _with_name(steps, found[0])
    if found:
        raise UsageError(
            f"Asked for the step '{name}'; several begin so: {', '.join(found)}. Name one of them."
        )
    near = get_close_matches(name, dict.fromkeys((*tasks, *labels)), n=3)
    nearest = f"the nearest are: {', '.join(near)}; " if near else ""
    raise UsageError(
        f"Asked for the step '{name}'; {nearest}the names are: {', '.join(tasks)}. "
        "Name one of them."
    )


def after(steps: Sequence[Step], chosen: frozenset[Step]) -> frozenset[Step]:
    """Return these steps and every step whose result stands on one of them."""
    return frozenset(step for step in steps if step in chosen or step.behind & chosen)


def _with_name(steps: Sequence[Step], name: str) -> frozenset[Step]:
    return frozenset(step for step in steps if name in {step.task.name, step.label})
