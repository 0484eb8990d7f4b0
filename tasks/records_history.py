"""Records of the nights: what one run found and was made of, and a stretch of equal ones.

Fractions lie in [0, 1]; times are ISO 8601 texts with their offset; sizes are bytes.
"""

from typing import Any

from tasks.promotion_records import Outcome
from tasks.records import Interval, Record, Verdict


class NightFigures(Record):
    """What a night is plotted by; two nights with equal figures found the same.

    `n_train` counts the images before any shift. `threshold`, `recall` are the operating point
    for `digit` at `target_precision`, out of fold. `fit_seconds` and `peak_memory_bytes` are
    what the winner's last fit on all images took.
    """

    dataset_name: str
    title: str
    n_train: int
    accuracy: Interval
    macro_precision: Interval
    macro_recall: Interval
    digit: int
    target_precision: float
    threshold: float
    recall: float
    fit_seconds: float
    peak_memory_bytes: int


class HistoryEntry(Record):
    """One run, small enough to keep for ever.

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

    `crowned` says whether a model became the champion in one of them.
    """

    first: str
    last: str
    n_runs: int
    figures: NightFigures
    outcome: Outcome
    crowned: bool


class HistoryPoint(Record):
    """A stretch as it is drawn: nothing in it moves when an equal night is added."""

    time: str
    figures: NightFigures
    crowned: bool


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
