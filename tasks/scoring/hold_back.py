"""When to pass an image to a person instead of answering: frozen on out-of-fold scores."""

from typing import NamedTuple, Self

import numpy as np

from tasks.evaluation.calibration import calibrated
from tasks.evaluation.confidence import leads
from tasks.evaluation.intervals import wilson_interval
from tasks.scoring.asked import ASKED
from tasks.scoring.records import HoldBack

N_PARTS = 5  # each part's probabilities are calibrated on the others


class Sureness(NamedTuple):
    """How sure a model was of images whose labels are known.

    `lead` and `probability` are float64 (n,): the first score minus the second, and the
    calibrated probability of the answer; `is_right` is bool (n,).
    """

    lead: np.ndarray
    probability: np.ndarray
    is_right: np.ndarray

    @classmethod
    def of(
        cls,
        scores: np.ndarray,
        probabilities: np.ndarray,
        labels: np.ndarray,
        classes: tuple[int, ...],
    ) -> Self:
        """Read scores, float (n, n_classes), and their probabilities."""
        best = scores.argmax(axis=1)
        right = np.asarray(classes)[best] == labels
        return cls(leads(scores), probabilities[np.arange(len(best)), best], right)

    @classmethod
    def out_of_fold(cls, scores: np.ndarray, labels: np.ndarray, classes: tuple[int, ...]) -> Self:
        """Read out-of-fold scores; no image is in what its own probability is calibrated on."""
        probabilities = np.empty(scores.shape)
        part = np.arange(len(labels)) % N_PARTS
        for each in range(N_PARTS):
            inside = part == each
            probabilities[inside] = calibrated(
                scores[~inside], labels[~inside], scores[inside], classes
            )
        return cls.of(scores, probabilities, labels, classes)


def frozen(asked: str, learned: Sureness, tested: Sureness) -> HoldBack:
    """Choose the threshold on `learned`; `tested` only shows whether it keeps its promise.

    Parameters
    ----------
    asked : str
        A share of the images to hold back, such as ``2%``, or the least probability to answer
        with, such as ``0.95``.
    """
    found = ASKED.fullmatch(asked.strip())
    if found is None:
        raise ValueError(f"Asked to hold back {asked!r}. Give a share, 2%, or a probability, 0.95.")
    if found["share"] is not None:
        by, value = "lead", np.sort(learned.lead)
        threshold = float(value[int(float(found["share"]) / 100 * len(value))])
    else:
        by, threshold = "probability", float(found["probability"])
    answered = [getattr(each, by) >= threshold for each in (learned, tested)]
    accuracy, test_accuracy = (
        wilson_interval(int(each.is_right[kept].sum()), int(kept.sum()))
        for each, kept in zip((learned, tested), answered, strict=True)
    )
    return HoldBack(
        asked=asked,
        by="lead" if by == "lead" else "probability",
        threshold=threshold,
        share=1 - float(answered[0].mean()),
        accuracy=accuracy,
        test_share=1 - float(answered[1].mean()),
        test_accuracy=test_accuracy,
    )
