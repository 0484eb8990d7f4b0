"""What the simulated nights leave: one record a night, and what was expected of it."""

from engine.records import Record
from tasks.champion.records import Outcome

BETTER_OR_TIED = (Outcome.PROMOTED.short, Outcome.TIED.short)
MOVING = {each.short for each in Outcome if each.moves}


class NightFound(Record):
    """One simulated night.

    `accuracy`, `low` and `high` are fractions of the test set, None if the run was refused
    before it had a model; `p_value` is None where nothing was compared; `seconds` is the whole
    process. `champion_moved` says whether the pointer's file has changed.
    """

    night: int
    title: str
    n_images: int | None
    accuracy: float | None
    low: float | None
    high: float | None
    expected: tuple[str, ...]
    found: str
    reason: str
    p_value: float | None
    champion_accuracy: float
    champion_moved: bool
    seconds: float
    n_steps: int
    n_reused: int

    @property
    def is_as_expected(self) -> bool:
        """Whether the outcome is of an expected kind and the pointer moved only with it."""
        return self.found in self.expected and (self.found in MOVING) == self.champion_moved


class NightsFound(Record):
    """All simulated nights and where they were run."""

    dataset: str
    n_test: int
    candidate: str
    machine: str
    nights: tuple[NightFound, ...]

    def failures(self) -> tuple[str, ...]:
        """Say what is not as expected, of each night and of all together."""
        wrong = [
            f"night {each.night}: expected {' or '.join(each.expected)}, found {each.found}"
            for each in self.nights
            if not each.is_as_expected
        ]
        quiet = [each for each in self.nights if "nothing new" in each.title]
        wrong += [
            f"night {each.night}: nothing was new and {each.n_steps - each.n_reused} steps ran"
            for each in quiet
            if each.n_reused != each.n_steps
        ]
        first, last = self.nights[0].champion_accuracy, self.nights[-1].champion_accuracy
        if last <= first:
            wrong.append(f"the champion's accuracy went from {first:.2%} to {last:.2%}")
        return tuple(wrong)
