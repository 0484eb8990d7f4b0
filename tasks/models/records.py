"""Records of candidates and fits: images to learn from, scores out of fold, fitted models."""

from typing import Any, Literal

from pydantic import model_validator

from engine.records import Record
from engine.store.refs import ArrayRef, ModelRef

ResponseMethod = Literal["decision_function", "predict_proba"]
Matrix = tuple[tuple[int, ...], ...]  # counts by true class (rows) and predicted class (columns)


class Labelled(Record):
    """Rows of any problem, and their labels, uint8 (n,).

    `rows` is an array with a row for each label, such as images, uint8 (n, height, width); or
    lines of text, uint8 (n_bytes,), of which each ends with a newline.
    """

    rows: ArrayRef
    labels: ArrayRef

    @model_validator(mode="before")
    @classmethod
    def _named_images_before(cls, found: Any) -> Any:
        """Read a record of an earlier version, which named its rows images."""
        if isinstance(found, dict) and "images" in found:
            return {"rows": found["images"], **{k: v for k, v in found.items() if k != "images"}}
        return found

    @property
    def are_images(self) -> bool:
        """Whether the rows are images."""
        return len(self.rows.shape) == 3

    @property
    def images(self) -> ArrayRef:
        """The rows, where they are images."""
        return self.rows

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.labels.shape[0]

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return self.n_rows


LabelledImages = Labelled  # uint8 (n, height, width), and their labels


class CandidateSpec(Record):
    """A model to try: the name of its builder and every parameter it is built with.

    A score of `default_threshold` or more means positive when nothing else is chosen.
    """

    name: str
    title: str
    builder: str
    parameters: tuple[tuple[str, str | int | float | bool | None], ...]
    response_method: ResponseMethod
    default_threshold: float


class FoldScores(Record):
    """What one candidate, fitted without one fold, gives for that fold's originals.

    `scores` is float64 (n_validation, n_classes), columns in the order of the sorted
    classes; `validation_index` is int64 (n_validation,), rows of the original training set.
    """

    costs = frozenset({"fit_seconds", "score_seconds"})

    candidate: str
    fold: int
    scores: ArrayRef
    validation_index: ArrayRef
    accuracy: float
    n_train: int
    fit_seconds: float
    score_seconds: float
    warnings: tuple[str, ...]


class OutOfFold(Record):
    """One candidate's scores for every training image by the model that did not see it.

    `scores` is float64 (n_train, n_classes) in the order of the training set; `folds` are the
    rows of each validation fold, int64 (n_validation,).
    """

    costs = frozenset({"fit_seconds"})

    candidate: CandidateSpec
    classes: tuple[int, ...]
    scores: ArrayRef
    folds: tuple[ArrayRef, ...]
    fold_accuracies: tuple[float, ...]
    fit_seconds: tuple[float, ...]
    n_train: int
    warnings: tuple[str, ...]


class FittedModel(Record):
    """The winner fitted on all training images and their copies."""

    costs = frozenset({"fit_seconds", "peak_memory_bytes"})

    candidate: CandidateSpec
    classes: tuple[int, ...]
    model: ModelRef
    n_train: int
    fit_seconds: float
    peak_memory_bytes: int
    warnings: tuple[str, ...]


Setting = str | int | float | bool | None

Grid = tuple[tuple[str, tuple[Setting, ...]], ...]
