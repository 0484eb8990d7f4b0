"""The candidates for spam and all their parameters; no task imports this module."""

from tasks.models.records import CandidateSpec

CANDIDATES = {
    name: CandidateSpec(
        name=name,
        title=title,
        builder=name,
        parameters=(("headers", False), *parameters),  # the first of each
        response_method="predict_proba" if name == "random_forest" else "decision_function",
        default_threshold=0.5 if name == "random_forest" else 0.0,
    )
    for name, title, parameters in (
        ("sgd", "SGD on words", (("alpha", 1e-6),)),
        ("random_forest", "Random Forest", (("max_features", 1500), ("n_estimators", 200))),
        ("n_grams", "SGD on words and n-grams", (("alpha", 1e-6),)),
    )
}


def reading_headers(spec: CandidateSpec, headers: bool) -> CandidateSpec:  # noqa: FBT001 - one word
    """Return a candidate that reads the headers, or one that does not."""
    return spec.model_copy(update={"parameters": (("headers", headers), *spec.parameters[1:])})
