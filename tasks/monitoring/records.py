"""Records of drift of the training data, and of the runs so far."""

from typing import Any

from engine.records import Record
from tasks.champion.records import Outcome
from tasks.evaluation.records import HeadlineScores, Verdict


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


class NightFigures(HeadlineScores):
    """What a night is plotted by; two nights with equal figures found the same.

    `n_train` counts the images before any shift. `threshold`, `recall` are the operating point
    for `digit` at `target_precision`, out of fold. `fit_seconds` and `peak_memory_bytes` are
    what the winner's last fit on all images took.
    """

    dataset_name: str
    title: str
    n_train: int
    digit: int
    target_precision: float
    threshold: float
    recall: float
    fit_seconds: float
    peak_memory_bytes: int


class HistoryEntry(Record):
    """One run, small enough to be kept without limit.

    `name` is unique in a store. `number` counts the runs on record, whatever the clock said; those
    of an earlier version have 0 and names that sort by time. `champion` names the model in use
    after the run. `code` are digests by module, `libraries` versions by distribution, `knobs` the
    whole configuration.
    """

    name: str
    number: int = 0
    run_id: str
    time: str
    figures: NightFigures
    goal: float
    verdict: Verdict
    outcome: Outcome
    champion: str | None
    content_sha256: str
    model_sha256: str
    prediction_sha256: str
    knobs: dict[str, Any]
    code: dict[str, str]
    code_revision: str
    libraries: dict[str, str]
    n_steps: int
    n_reused: int


class Stretch(Record):
    """Runs one after the other with the same figures; `outcome` is the first one's.

    `has_new_champion` says whether a model became the champion in one of them.
    """

    first: str
    last: str
    n_runs: int
    figures: NightFigures
    outcome: Outcome
    has_new_champion: bool


class HistoryPoint(Record):
    """A stretch as it is drawn: nothing in it moves when an equal night is added."""

    time: str
    figures: NightFigures
    has_new_champion: bool


class Changes(Record):
    """What is different between two runs, each change a few words."""

    inputs: tuple[str, ...]
    code: tuple[str, ...]
    libraries: tuple[str, ...]
    scores: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different."""
        return not (self.inputs or self.code or self.libraries or self.scores)
