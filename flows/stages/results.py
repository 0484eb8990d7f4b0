"""What the stages of one run give; before they ran, every field is a handle of its type."""

from dataclasses import dataclass

from flows.stages.evidence import Evidence
from tasks.class_names import ClassNames
from tasks.data.records import Dataset, NewImages, Overlap, TrainingSet
from tasks.evaluation.records import Evaluation, Resolution
from tasks.models.records import FittedModel, OutOfFold
from tasks.pixel_range import PixelRange
from tasks.selection.records import BinaryScores, Ranking, TenClassScores, ThresholdChoice


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
    fitted: FittedModel
    evaluation: Evaluation
    resolution: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Results(Found):
    """What a run on images finds out besides."""

    new_images: NewImages | None
    overlap: Overlap
    training: TrainingSet
    ten_classes: TenClassScores
    evidence: Evidence
