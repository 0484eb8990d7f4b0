"""Does the challenger replace the champion? Only if it is proven better on the same images."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.champion.records import Champion, Comparison, Decision, Outcome
from tasks.evaluation.records import Evaluation
from tasks.selection.compare import mcnemar_exact
from tasks.selection.records import ThresholdChoice

if TYPE_CHECKING:
    import numpy as np

TAKEN_BACK = (
    "This very model was the champion and was rolled back by hand, so it does not come back by "
    "itself. Change the data or the model, or see `python -m flows.champion`."
)


def compare_predictions(
    y_true: "np.ndarray", champion: "np.ndarray", challenger: "np.ndarray", margins: "np.ndarray"
) -> Comparison:
    """Set two models' predictions of the same images side by side.

    Parameters
    ----------
    y_true, champion, challenger : int arrays, shape (n,)
        True classes and each model's predicted ones.
    margins : float array, shape (n,)
        How far the challenger's first class leads its second; it orders the pictures only.
    """
    import numpy as np

    was_right, is_right = champion == y_true, challenger == y_true
    newly_right = np.flatnonzero(is_right & ~was_right)
    newly_wrong = np.flatnonzero(was_right & ~is_right)
    return Comparison(
        n_test=len(y_true),
        both_right=int((was_right & is_right).sum()),
        neither_right=int((~was_right & ~is_right).sum()),
        p_value=mcnemar_exact(len(newly_wrong), len(newly_right)),
        newly_right=_surest_first(newly_right, margins),
        newly_wrong=_surest_first(newly_wrong, margins),
        champions_threshold=None,
    )


@cached_task(name="compare with the champion")
def compare_with_champion(  # noqa: PLR0913 - what two evaluations are compared by, and no more
    predictions: ArrayRef,
    scores: ArrayRef,
    *,
    classes: tuple[int, ...],
    champions_predictions: ArrayRef,
    champions_choice: ThresholdChoice | None,
    labels: ArrayRef,
) -> Comparison:
    """Compare two models on the same test images, labelled by `labels`.

    With `champions_choice` its frozen threshold is read on the challenger's `scores`.
    """
    import numpy as np

    from tasks.evaluation.evaluate import binary_test_scores

    y_true, each_score = load_array(labels), load_array(scores)
    two_best = np.sort(each_score, axis=1)[:, -2:]
    comparison = compare_predictions(
        y_true,
        load_array(champions_predictions),
        load_array(predictions),
        two_best[:, -1] - two_best[:, 0],
    )
    if champions_choice is None or champions_choice.digit not in classes:
        return comparison
    digit = champions_choice.digit
    frozen = binary_test_scores(
        y_true == digit, each_score[:, classes.index(digit)], champions_choice
    )
    return comparison.model_copy(update={"champions_threshold": frozen})


def decide(
    challenger: Champion,
    champion: Champion | None,
    comparison: Comparison | None,
    *,
    taken_back: frozenset[str] = frozenset(),
    fallback_reason: str | None = None,
) -> Decision:
    """Say what becomes of a challenger, from the records alone.

    Parameters
    ----------
    challenger : Champion
        What would become the champion.
    champion : Champion or None
    comparison : Comparison or None
        Of the two on the same test images; None if there is nothing to compare.
    taken_back : frozenset of str
        Digests of models that a person has rolled back from; none comes back by itself.
    fallback_reason : str or None
        Why the images are not those that were asked for, if they are not.
    """
    refusal = _other_images(challenger, champion, fallback_reason)
    if refusal is None and champion is not None:
        refusal = _made_elsewhere(champion, challenger)
        if refusal is None and challenger.is_same_model_as(champion):
            return _same_model(challenger, champion)
        if refusal is None and challenger.model_sha256 in taken_back:
            refusal = TAKEN_BACK
    refusal = refusal or _goal_missed(challenger.evaluation)
    if refusal is not None:
        return Decision(outcome=Outcome.REFUSED, reason=refusal)
    if champion is None:
        before = f"There was no champion of {challenger.dataset_name} before"
        return Decision(outcome=Outcome.FIRST, reason=f"{before}, and the goal is met.")
    if comparison is None:
        message = "Two models judged on the same test images must be compared first."
        raise ValueError(message)
    return _by_comparison(comparison)


def _other_images(
    challenger: Champion, champion: Champion | None, fallback_reason: str | None
) -> str | None:
    if fallback_reason is not None:
        return (
            "These are not the images that were asked for, so no model made of them may become "
            f"the champion: {fallback_reason}"
        )
    if champion is None or challenger.test == champion.test:
        return None
    what = "labels" if champion.test.rows == challenger.test.rows else "rows"
    theirs, ours = (getattr(each.test, what).sha256[:12] for each in (champion, challenger))
    what = {"rows": "images"}.get(what, what)
    return (
        f"The test {what} of {challenger.dataset_name} are others (sha256 {ours}...) than those "
        f"that its champion was judged on ({theirs}...), so the two cannot be compared. Give the "
        "other images another --dataset name or --store-dir, bring the earlier ones back, or take "
        f"the champion out of use with `{_retire(champion)}`: the next run then begins anew."
    )


def _retire(champion: Champion) -> str:
    return f"python -m flows.champion retire --dataset {champion.dataset_name}"


def _goal_missed(evaluation: Evaluation) -> str | None:
    if evaluation.verdict != "missed":
        return None
    scores = ", ".join(f"{name} {each.value:.2%}" for name, each in evaluation.headline.items())
    return f"The goal of {evaluation.goal:.1%} was missed: {scores}."


def _made_elsewhere(champion: Champion, challenger: Champion) -> str | None:
    made, now = (each.libraries.get("scikit-learn", "none") for each in (champion, challenger))
    if made == now:
        return None
    return (
        f"The champion was made by scikit-learn {made} and this run uses {now}, which cannot be "
        f"trusted to open it. Install scikit-learn {made} again, or take the champion out of "
        f"use with `{_retire(champion)}`: the next run then begins anew."
    )


def _same_model(challenger: Champion, champion: Champion) -> Decision:
    reason = "Same model as the champion: it answers every test image alike, so nothing is new."
    ours, theirs = challenger.choice, champion.choice
    if (ours.digit, ours.threshold) != (theirs.digit, theirs.threshold):
        asked = challenger.names.in_sentence(ours.digit)
        kept = champion.names.in_sentence(theirs.digit)
        reason = (
            "Same model as the champion, with another operating point: this run asks about the "
            f"{asked} at threshold {ours.threshold:.4g}, the champion keeps the "
            f"{kept} at {theirs.threshold:.4g}."
        )
    return Decision(outcome=Outcome.TIED, reason=reason)


def _by_comparison(comparison: Comparison) -> Decision:
    right, wrong = len(comparison.newly_right), len(comparison.newly_wrong)
    counts = (
        f"{right:,} test images are newly right and {wrong:,} newly wrong "
        f"(p = {comparison.p_value:.2g})"
    )
    if not comparison.is_significant:
        return Decision(
            outcome=Outcome.TIED,
            reason=f"{counts}: no more than chance would give.",
        )
    if right > wrong:
        return Decision(outcome=Outcome.PROMOTED, reason=f"{counts}: better by more than chance.")
    return Decision(outcome=Outcome.WORSE, reason=f"{counts}: worse by more than chance.")


def _surest_first(rows: "np.ndarray", margins: "np.ndarray") -> tuple[int, ...]:
    import numpy as np

    return tuple(int(row) for row in rows[np.argsort(-margins[rows], kind="stable")])
