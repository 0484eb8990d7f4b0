"""What the stages of one run give; before they ran, every field is a handle of its type."""

from dataclasses import dataclass

from tasks.class_names import ClassNames
from tasks.data.records import Dataset
from tasks.evaluation.records import Confidence, Evaluation, Resolution
from tasks.models.records import FittedModel, OutOfFold
from tasks.pixel_range import PixelRange
from tasks.selection.records import BinaryScores, EveryClass, Ranking, ThresholdChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a run of any problem finds out, in the order of the stages."""

    dataset: Dataset
    names: ClassNames
    pixel_range: PixelRange | None
    out_of_fold: tuple[OutOfFold, ...]
    ranking: Ranking
    choices: tuple[ThresholdChoice, ...]
    choice: ThresholdChoice
    binaries: tuple[BinaryScores, ...]
    winner: OutOfFold
    fitted: FittedModel
    evaluation: Evaluation
    resolution: Resolution
    every_class: EveryClass
    confidence: Confidence
