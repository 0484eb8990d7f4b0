"""The candidates and all their parameters: what is passed to a fit, and so to its cache key.

No task imports this module; the flow passes it a specification. That way a changed
parameter re-runs the fits of its own candidate and of no other.
"""

from tasks.errors import PlainError
from tasks.records import CandidateSpec

_TABLE = (
    CandidateSpec(
        name="sgd",
        title="SGD",
        builder="sgd",
        # hinge loss and tolerance are scikit-learn's defaults, as in the book
        parameters=(),
        response_method="decision_function",
        default_threshold=0.0,
    ),
    CandidateSpec(
        name="random_forest",
        title="Random Forest",
        builder="random_forest",
        # Both chosen on out-of-fold scores of the shifted training set, fold 1 of 3: every tree
        # on all images errs on 2.07 % where bootstrap samples err on 2.30 %; 8 grey levels
        # err on 2.09 % and take 0.63 of the time.
        parameters=(("n_estimators", 100), ("bootstrap", False), ("grey_levels", 8)),
        response_method="predict_proba",
        default_threshold=0.5,
    ),
)

CANDIDATES = {spec.name: spec for spec in _TABLE}


def candidate_specs(names: tuple[str, ...]) -> tuple[CandidateSpec, ...]:
    """Return the specifications of the named candidates, in the order asked for.

    Raises
    ------
    PlainError
        If a name is unknown or stands twice, or there is none.
    """
    unknown = [name for name in names if name not in CANDIDATES]
    if unknown or not names or len(set(names)) < len(names):
        raise PlainError(
            f"Asked for the candidates {', '.join(names) or '(none)'}; "
            + (f"there is no {', '.join(unknown)}. " if unknown else "each may stand once. ")
            + f"Choose one or more of: {', '.join(CANDIDATES)}."
        )
    return tuple(CANDIDATES[name] for name in names)
