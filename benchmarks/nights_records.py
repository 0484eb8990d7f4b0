"""What the simulated nights leave: one record a night, and what was expected of it."""

from typing import Literal

from tasks.records import Record

Kind = Literal["first champion", "promoted", "tied", "worse", "refused"]
KINDS: dict[str, Kind] = {
    "first champion": "first champion",
    "promoted": "promoted",
    "statistically tied, champion kept": "tied",
    "worse, champion kept": "worse",
    "refused": "refused",
}
BETTER_OR_TIED: tuple[Kind, ...] = ("promoted", "tied")


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
    expected: tuple[Kind, ...]
    found: Kind
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
        moves = self.found in {"first champion", "promoted"}
        return self.found in self.expected and moves == self.champion_moved


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
