"""The frozen records of promotion: a champion, its comparison with a challenger, the outcome.

Fractions lie in [0, 1]; times are ISO 8601 texts with their offset, so that a record is JSON.
"""

from enum import StrEnum

from engine.records import Record
from tasks.class_names import NUMBERS, ClassNames
from tasks.evaluation.records import BinaryTestScores, Evaluation
from tasks.models.records import FittedModel, Labelled, OutOfFold
from tasks.pixel_range import PixelRange
from tasks.selection.records import ThresholdChoice


class Outcome(StrEnum):
    """What became of a run's winner; the values are the words of reports and of JSON."""

    FIRST = "first champion"
    PROMOTED = "promoted"
    TIED = "statistically tied, champion kept"
    WORSE = "worse, champion kept"
    REFUSED = "refused"

    @property
    def short(self) -> str:
        """The outcome as a table says it: ``tied`` instead of the whole."""
        return self.value.removeprefix("statistically ").partition(",")[0]

    @property
    def moves(self) -> bool:
        """Whether the challenger becomes the champion."""
        return self in {Outcome.FIRST, Outcome.PROMOTED}


class Champion(Record):
    """A model in use, or one that wants to be: all that is needed to score, judge and redo it.

    `name` is unique in a store; `previous` names the champion that was in use before it on the
    same data set. Champions are compared and kept by `dataset_name`; a problem that is not digits
    puts its own name and a ``+`` before it, so that no two problems share one.
    `test` are the images the evaluation was made on, and `train` those it learned from, before
    any shift. `libraries` are versions by distribution. `out_of_fold` are its scores of `train`,
    from which its sureness is judged; None in a record of a version that did not keep them.
    `names` are those of its classes, and `pixel_range` is what the files of its data set used; the
    model itself takes 0 to 255.
    """

    name: str
    run_id: str
    time: str
    dataset_name: str
    dataset_title: str
    content_sha256: str
    train: Labelled
    test: Labelled
    fitted: FittedModel
    choice: ThresholdChoice
    evaluation: Evaluation
    libraries: dict[str, str]
    out_of_fold: OutOfFold | None = None
    previous: str | None = None
    names: ClassNames = NUMBERS
    pixel_range: PixelRange | None = None

    @property
    def title(self) -> str:
        """The candidate's name as reports write it."""
        return self.fitted.candidate.title

    @property
    def model_sha256(self) -> str:
        """The digest of the model's file."""
        return self.fitted.model.sha256

    def is_same_model_as(self, other: "Champion") -> bool:
        """Whether both answer every test image alike, by one model file or by two."""
        return self.test == other.test and (
            self.model_sha256 == other.model_sha256
            or self.evaluation.scores == other.evaluation.scores
        )


class Comparison(Record):
    """Champion and challenger on the same test images, image by image.

    `p_value` is the exact McNemar test on the two counts of images that only one of them has
    right. `newly_right` and `newly_wrong` are rows of the test set, those where the challenger
    is surest first. `champions_threshold` is the champion's frozen threshold read on the
    challenger's scores; None where it has no meaning there (another kind of model or digit).
    """

    n_test: int
    both_right: int
    neither_right: int
    p_value: float
    newly_right: tuple[int, ...]
    newly_wrong: tuple[int, ...]
    champions_threshold: BinaryTestScores | None

    @property
    def is_significant(self) -> bool:
        """Whether the two differ by more than chance at the 5 % level."""
        return self.p_value < 0.05


class Decision(Record):
    """What becomes of a challenger, and why, in a sentence."""

    outcome: Outcome
    reason: str

    @property
    def moves(self) -> bool:
        """Whether the challenger becomes the champion."""
        return self.outcome.moves


class Promotion(Record):
    """What a run meant for the champion: the two that met, how they compare, what became of it.

    `champion` is the one that was in use before; None if there was none, or none that could be
    read. `comparison` is None where there was nothing to compare: no champion, one judged on
    other test images, or the same model.
    """

    challenger: Champion
    champion: Champion | None
    comparison: Comparison | None
    decision: Decision

    @property
    def is_unchanged(self) -> bool:
        """Whether the run ended with the very model that is the champion."""
        return self.champion is not None and self.challenger.is_same_model_as(self.champion)

    @property
    def in_use(self) -> Champion | None:
        """The champion after the run."""
        return self.challenger if self.decision.moves else self.champion
