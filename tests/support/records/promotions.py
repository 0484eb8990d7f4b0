"""Promotions with figures a person can check by hand; nothing in them is stored."""

from engine.store.refs import ModelRef
from tasks.champion.records import Champion, Comparison, Decision, Promotion
from tasks.data.records import LabelledImages
from tasks.models.candidates import candidate_specs
from tasks.models.records import FittedModel
from tests.support.records.scores import CHOICE, EVALUATION, NOWHERE, score

IMAGES = LabelledImages.model_construct(rows=NOWHERE, labels=NOWHERE)


def a_model(name: str, *, digest: str, accuracy: float = 0.98) -> Champion:
    """A champion that is only written about; `digest` is a letter that stands for its files."""
    fitted = FittedModel.model_construct(
        candidate=candidate_specs(("sgd",))[0],
        classes=(0, 1),
        model=ModelRef.model_construct(sha256=digest * 64, suffix=".joblib", size_bytes=1),
        n_train=3000,
        fit_seconds=2.0,
        peak_memory_bytes=10**9,
        warnings=(),
    )
    scores = NOWHERE.model_copy(update={"sha256": digest * 64})
    return Champion.model_construct(
        name=name,
        run_id="00000000-0000-0000-0000-000000000000",
        time="2026-01-01T02:15:00+01:00",
        dataset_name="mnist_784",
        dataset_title="MNIST",
        content_sha256="0" * 64,
        train=IMAGES,
        test=IMAGES,
        fitted=fitted,
        choice=CHOICE,
        evaluation=EVALUATION.model_copy(update={"accuracy": score(accuracy), "scores": scores}),
        libraries={"scikit-learn": "1.9.1"},
        previous=None,
    )


CHAMPION, CHALLENGER = a_model("a", digest="a"), a_model("b", digest="b", accuracy=0.985)

COMPARISON = Comparison(
    n_test=100,
    both_right=90,
    neither_right=2,
    p_value=0.0703125,
    newly_right=(1, 2, 3, 4, 5, 6, 7),
    newly_wrong=(8,),
    champions_threshold=None,
)


def a_promotion(outcome, *, champion=CHAMPION, challenger=CHALLENGER, comparison=COMPARISON):
    """A promotion of this outcome."""
    return Promotion.model_construct(
        challenger=challenger,
        champion=champion,
        comparison=comparison,
        decision=Decision(outcome=outcome, reason="The reason."),
    )
