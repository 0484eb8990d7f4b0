"""The fits that only evidence needs: of which model, on which images. They choose nothing."""

from typing import TYPE_CHECKING

from tasks.models.records import CandidateSpec

if TYPE_CHECKING:
    import numpy as np

N_FITTED = 5_000
OWN_JITTER = "jitter"  # the parameter by which a candidate augments its training images itself


def own_jitter(spec: CandidateSpec) -> float:
    """Return how strongly a candidate jitters its training images itself; 0 for not."""
    return float(dict(spec.parameters).get(OWN_JITTER) or 0.0)


def without_augmentation(spec: CandidateSpec) -> CandidateSpec:
    """Return a candidate that does not jitter its training images; the same if it never did."""
    parameters = tuple((name, 0.0 if name == OWN_JITTER else at) for name, at in spec.parameters)
    return spec.model_copy(update={"parameters": parameters})


def shows_importance(spec: CandidateSpec) -> bool:
    """Whether a candidate's fit gives importances or weights."""
    return spec.builder in {"random_forest", "sgd"}


def rows_of_a_part(n_train: int, *, seed: int) -> "np.ndarray":
    """Return the rows of at most 5,000 of the training images, drawn, int64 (n,)."""
    import numpy as np  # the flow imports this module, and a warm run needs no arrays

    return np.random.default_rng(seed).permutation(n_train)[:N_FITTED]
