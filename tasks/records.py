"""The frozen records that stages exchange: scalars, tuples and references, never arrays.

A reference names a stored file by its digest and checks the file when it is read back
from JSON, so a cached result whose file was lost or damaged cannot be used by mistake.
Fractions lie in [0, 1]; times are seconds; sizes are bytes.
"""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from tasks.errors import DamagedFile
from tasks.location import store_root

ResponseMethod = Literal["decision_function", "predict_proba"]
Matrix = tuple[tuple[int, ...], ...]

_verified: set[tuple[str, int, int, int]] = set()


class Record(BaseModel):
    """A value that never changes; two records with equal fields are equal.

    Fields named in `costs` say what a result cost, not what it is. They are no part of a
    cache key: a task that runs again to the same result must not make the next one run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    costs: ClassVar[frozenset[str]] = frozenset()


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FileRef(Record):
    """A stored file, named by the digest of its content.

    Building one from JSON checks that the file is there and is the one that was written;
    the check of an unchanged file (same inode, size and time) is made once a process.
    """

    sha256: str
    suffix: str
    size_bytes: int

    @property
    def path(self) -> Path:
        """The file's place in the store in use."""
        return store_root() / "objects" / self.sha256[:2] / f"{self.sha256}{self.suffix}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.verify()
        return self

    def verify(self) -> None:
        """Raise `DamagedFile` unless the stored file has this digest.

        Raises
        ------
        DamagedFile
            If the file is missing, unreadable or has another digest.
        """
        try:
            status = self.path.stat()
            seen = (str(self.path), status.st_ino, status.st_size, status.st_mtime_ns)
            if seen in _verified:
                return
            found = file_sha256(self.path)
        except OSError as error:
            raise DamagedFile(
                f"The store should hold {self.path} but it cannot be read "
                f"({error.strerror or error}). Run again: the task that made it recomputes it.",
                self.path,
            ) from error
        if found != self.sha256:
            raise DamagedFile(
                f"The stored file {self.path} has sha256 {found}, not the one in its name. "
                "Run again: it is set aside and the task that made it recomputes it.",
                self.path,
            )
        _verified.add(seen)


class ArrayRef(FileRef):
    """A stored ``.npy`` array; `dtype` is numpy's name for it, such as ``uint8``."""

    shape: tuple[int, ...]
    dtype: str


class ModelRef(FileRef):
    """A stored joblib file; read it only through `tasks.store.load_model`."""


class LabelledImages(Record):
    """Images, uint8 (n, height, width), and their labels, uint8 (n,)."""

    images: ArrayRef
    labels: ArrayRef

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return self.images.shape[0]


class Dataset(Record):
    """A training and a test set as published, checked against `content_sha256`.

    `source` says in words where the content came from; `fallback_reason` is set when
    these are not the images that were hoped for, and says why.
    """

    name: str
    title: str
    source: str
    is_mnist: bool
    train: LabelledImages
    test: LabelledImages
    classes: tuple[int, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    content_sha256: str
    checks: tuple[str, ...]
    fallback_reason: str | None = None


class TrainingSet(Record):
    """Originals and their shifted copies, stacked variant by variant.

    Copy v of source image i is row ``v * n_sources + i``; `offsets` holds (dx, dy) in
    pixels of each variant, +x right and +y down, and variant 0 is (0, 0), the originals.
    """

    stacked: LabelledImages
    n_sources: int
    offsets: tuple[tuple[int, int], ...]


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
    """What one candidate, fitted without one fold, says of that fold's originals.

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

    `scores` is float64 (n_train, n_classes) in the order of the training set.
    """

    costs = frozenset({"fit_seconds"})

    candidate: CandidateSpec
    classes: tuple[int, ...]
    scores: ArrayRef
    fold_accuracies: tuple[float, ...]
    fit_seconds: tuple[float, ...]
    n_train: int
    warnings: tuple[str, ...]


class BinaryScores(Record):
    """One candidate's answer to "is it the digit?", from its out-of-fold scores.

    `confusion` has rows true (rest, digit) and columns predicted (rest, digit), at the
    candidate's default threshold.
    """

    candidate: str
    digit: int
    default_threshold: float
    confusion: Matrix
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    fold_accuracies: tuple[float, ...]


class ThresholdChoice(Record):
    """Operating point chosen on out-of-fold scores, never on the test set.

    `threshold` is in score units: predict positive when score >= threshold.
    """

    candidate: str
    digit: int
    threshold: float
    precision: float
    recall: float
    target_precision: float


class TenClassScores(Record):
    """All classes at once, from out-of-fold scores; the predicted class has the top score.

    `confusion` has rows true and columns predicted, in the order of `classes`; `accuracy` is
    over all images and `fold_accuracies` on each fold alone.
    `errors_by_class` counts, for each class, the errors in which it is the true or the
    predicted class; `most_confused` is the class with the largest count, and `worst_pair` the
    (true, predicted) cell with the most errors.
    """

    candidate: str
    classes: tuple[int, ...]
    confusion: Matrix
    accuracy: float
    fold_accuracies: tuple[float, ...]
    errors_by_class: tuple[int, ...]
    most_confused: int
    worst_pair: tuple[int, int]
    worst_pair_count: int


class RankedCandidate(Record):
    """One row of the comparison: per-fold accuracy over all classes and its cost."""

    costs = frozenset({"mean_fit_seconds"})

    candidate: str
    title: str
    fold_accuracies: tuple[float, ...]
    mean_accuracy: float
    std_accuracy: float
    mean_fit_seconds: float


class Ranking(Record):
    """Candidates from best to worst by mean fold accuracy, and a paired test of the top two.

    `p_value` is the exact McNemar test on the out-of-fold predictions of the first and the
    second; `only_first_right` and `only_second_right` are the two counts it stands on. They
    are None with a single candidate.
    """

    ranked: tuple[RankedCandidate, ...]
    winner: str
    p_value: float | None = None
    only_first_right: int | None = None
    only_second_right: int | None = None

    @property
    def is_significant(self) -> bool:
        """Whether the first and the second differ by more than chance at the 5 % level."""
        return self.p_value is not None and self.p_value < 0.05


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


class Interval(Record):
    """A figure with its 95 % confidence interval and the method that made it."""

    value: float
    low: float
    high: float
    method: str


class ClassScore(Record):
    """Test scores of one class; `support` is the number of its test images."""

    label: int
    precision: float
    recall: float
    f1: float
    support: int


class SliceScore(Record):
    """Test accuracy on a named part of the test set."""

    name: str
    n_images: int
    accuracy: Interval


class BinaryTestScores(Record):
    """The frozen threshold read on the test set: does it still give the asked precision?"""

    digit: int
    threshold: float
    precision: Interval
    recall: Interval
    confusion: Matrix


Verdict = Literal["met", "met but not separable from the goal", "missed"]


class Evaluation(Record):
    """The final scores of the winner on the test set, read once.

    `predictions` is uint8 (n_test,); `scores` is float64 (n_test, n_classes).
    `prediction_sha256` is the digest of the predictions' file: two runs that agree on every
    test image agree on it.
    """

    candidate: str
    classes: tuple[int, ...]
    n_test: int
    accuracy: Interval
    macro_precision: Interval
    macro_recall: Interval
    per_class: tuple[ClassScore, ...]
    confusion: Matrix
    slices: tuple[SliceScore, ...]
    binary: BinaryTestScores
    goal: float
    verdict: Verdict
    predictions: ArrayRef
    scores: ArrayRef

    @property
    def prediction_sha256(self) -> str:
        """The digest of the predicted classes."""
        return self.predictions.sha256


class RenderedFigure(Record):
    """A stored PNG with its artifact key, its title and a text for those who cannot see it."""

    key: str
    title: str
    alt: str
    image: FileRef


class RenderedReport(Record):
    """One stage's report as it is published: markdown and figures, in order."""

    key: str
    title: str
    markdown: str
    figures: tuple[RenderedFigure, ...]


def identity(value: Any) -> Any:
    """Turn a record, a tuple of them or a scalar into JSON's types, without its costs."""
    if isinstance(value, Record):
        fields = [name for name in type(value).model_fields if name not in value.costs]
        return {name: identity(getattr(value, name)) for name in fields}
    if isinstance(value, tuple | list):
        return [identity(item) for item in value]
    if isinstance(value, dict):
        return {str(name): identity(item) for name, item in value.items()}
    return str(value) if isinstance(value, Path) else value
