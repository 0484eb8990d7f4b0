"""The candidates for spam and all their parameters; no task imports this module."""

from engine.errors import PlainError
from tasks.models.records import CandidateSpec

_HEADERS = ("headers", False)  # the first parameter of each

CANDIDATES = {
    each.name: each
    for each in (
        CandidateSpec(
            name="sgd",
            title="SGD on words",
            builder="sgd",
            parameters=(_HEADERS, ("alpha", 1e-6)),
            response_method="decision_function",
            default_threshold=0.0,
        ),
        CandidateSpec(
            name="random_forest",
            title="Random Forest",
            builder="random_forest",
            parameters=(_HEADERS, ("max_features", 1500), ("n_estimators", 200)),
            response_method="predict_proba",
            default_threshold=0.5,
        ),
        CandidateSpec(
            name="n_grams",
            title="SGD on words and n-grams",
            builder="n_grams",
            parameters=(_HEADERS, ("alpha", 1e-6)),
            response_method="decision_function",
            default_threshold=0.0,
        ),
    )
}


def known_names(names: tuple[str, ...]) -> None:
    """Refuse names of candidates that cannot be compared.

    Raises
    ------
    PlainError
        If a name is unknown or stands twice, or there is none.
    """
    if not names or len(set(names)) < len(names) or set(names) - set(CANDIDATES):
        raise PlainError(
            f"Asked for the candidates {', '.join(names) or '(none)'}. Choose one or more of "
            f"{', '.join(CANDIDATES)}, each once."
        )


def candidate_specs(names: tuple[str, ...], *, headers: bool) -> tuple[CandidateSpec, ...]:
    """Return the named candidates; with `headers` they read those too."""
    return tuple(reading_headers(CANDIDATES[name], headers) for name in names)


def reading_headers(spec: CandidateSpec, headers: bool) -> CandidateSpec:  # noqa: FBT001 - one word
    """Return a candidate that reads the headers, or one that does not."""
    return spec.model_copy(update={"parameters": (("headers", headers), *spec.parameters[1:])})
