"""Risk against coverage and reliability, from the stored test scores; nothing is chosen."""

from typing import TYPE_CHECKING, NamedTuple

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from tasks.evaluation.records import Confidence, CoveragePoint, Reliability
from tasks.models.records import CandidateSpec, OutOfFold

if TYPE_CHECKING:
    import numpy as np

COVERAGES = (1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5)


class RiskCurve(NamedTuple):
    """Risk against coverage, from the surest images to all of them.

    Entry i answers the `n_answered[i]` surest images, all that lead by `lead[i]` or more, and
    errs on `n_errors[i]` of them; images that lead by equally much are answered together.
    """

    n_answered: "np.ndarray"
    n_errors: "np.ndarray"
    lead: "np.ndarray"

    @property
    def coverage(self) -> "np.ndarray":
        """The share of all images that is answered."""
        coverage: np.ndarray = self.n_answered / self.n_answered[-1]
        return coverage

    @property
    def risk(self) -> "np.ndarray":
        """The error rate among the answered ones."""
        risk: np.ndarray = self.n_errors / self.n_answered
        return risk


def leads(scores: "np.ndarray") -> "np.ndarray":
    """Return by how much the top score of each row exceeds the second.

    Parameters
    ----------
    scores : float array, shape (n, n_classes), n_classes at least 2
    """
    import numpy as np

    top = np.partition(scores, -2, axis=1)
    lead: np.ndarray = top[:, -1] - top[:, -2]
    return lead


def risk_curve(lead: "np.ndarray", right: "np.ndarray") -> RiskCurve:
    """Return how many errors are left when only the surest images are answered.

    Parameters
    ----------
    lead : float array, shape (n,), n at least 1
    right : bool array, shape (n,)
    """
    import numpy as np

    order = np.argsort(-lead, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(lead[order])), len(lead) - 1)
    return RiskCurve(ends + 1, np.cumsum(~right[order])[ends], lead[order][ends])


def coverage_points(curve: RiskCurve) -> tuple[CoveragePoint, ...]:
    """Read a curve at some coverages; each answers at least that share."""
    import numpy as np

    from tasks.evaluation.intervals import wilson_interval

    places = dict.fromkeys(
        int(np.searchsorted(curve.coverage, asked - 1e-12)) for asked in COVERAGES
    )
    return tuple(
        CoveragePoint(
            coverage=float(curve.coverage[i]),
            n_answered=int(curve.n_answered[i]),
            n_errors=int(curve.n_errors[i]),
            least_lead=float(curve.lead[i]),
            accuracy=wilson_interval(
                int(curve.n_answered[i] - curve.n_errors[i]), int(curve.n_answered[i])
            ),
        )
        for i in places
    )


def risk_area(curve: RiskCurve) -> float:
    """Return the mean risk over all coverages, one answered image more at a time."""
    import numpy as np

    steps = np.diff(curve.n_answered, prepend=0)
    return float((curve.risk * steps).sum() / curve.n_answered[-1])


def reliability(
    name: str, probabilities: "np.ndarray", labels: "np.ndarray", classes: tuple[int, ...]
) -> Reliability:
    """Measure one kind of probability on the test set.

    Parameters
    ----------
    probabilities : float array, shape (n, n_classes)
    labels : int array, shape (n,)
    """
    import numpy as np

    from tasks.evaluation.calibration import brier_score, reliability_bins

    predicted = np.asarray(classes)[probabilities.argmax(axis=1)]
    return Reliability(
        name=name,
        brier=brier_score(probabilities, labels[:, np.newaxis] == np.asarray(classes)),
        bins=reliability_bins(probabilities.max(axis=1), predicted == labels),
    )


@cached_task(name="measure confidence", run_name="measure confidence of {spec.name}")
def measure_confidence(
    spec: CandidateSpec,
    out_of_fold: OutOfFold,
    train_labels: ArrayRef,
    test_scores: ArrayRef,
    test_labels: ArrayRef,
) -> Confidence:
    """Measure risk against coverage and reliability from the scores `evaluate` has stored.

    The test set's pixels are not read again and nothing is chosen: the calibration is fitted
    on out-of-fold scores.
    """
    import numpy as np

    from tasks.evaluation.calibration import calibrated

    classes, labels = out_of_fold.classes, load_array(test_labels)
    scores = load_array(test_scores)
    probabilities = calibrated(
        load_array(out_of_fold.scores), load_array(train_labels), scores, classes
    )
    curve = risk_curve(leads(scores), np.asarray(classes)[scores.argmax(axis=1)] == labels)
    kinds = [("calibrated on out-of-fold scores", probabilities)]
    if spec.response_method == "predict_proba":
        kinds.insert(0, ("as the model gives them", np.asarray(scores)))
    return Confidence(
        candidate=spec.name,
        n_test=len(labels),
        are_probabilities=spec.response_method == "predict_proba",
        coverages=coverage_points(curve),
        risk_area=risk_area(curve),
        reliabilities=tuple(reliability(name, each, labels, classes) for name, each in kinds),
        probabilities=save_array(probabilities),
    )
