"""Records of drift: how far a run's training data lies from the champion's."""

from tasks.records import Record


class DriftStatistic(Record):
    """One named statistic with its limit; `reason` says where the limit comes from."""

    name: str
    statistic: str
    value: float
    limit: float
    reason: str

    @property
    def is_over(self) -> bool:
        """Whether the two sets differ by more than the limit."""
        return self.value > self.limit


class Drift(Record):
    """The champion's training images (before) beside a run's (now), before any shift.

    `shares_before` and `shares_now` are the classes' shares in the order of `classes`; the mean
    inks are grey levels from 0 to 255; `outside` is the share of this run's images whose ink
    lies outside `ink_range`, which holds 99 % of the champion's.
    """

    n_before: int
    n_now: int
    classes: tuple[int, ...]
    shares_before: tuple[float, ...]
    shares_now: tuple[float, ...]
    ink_before: float
    ink_now: float
    ink_range: tuple[float, float]
    outside: float
    statistics: tuple[DriftStatistic, ...]

    @property
    def over(self) -> tuple[DriftStatistic, ...]:
        """The statistics beyond their limit."""
        return tuple(each for each in self.statistics if each.is_over)
