"""What became of the champion, in words: the same records give the same text."""

from artifacts.words import article, interval, percent, table
from tasks.promotion_records import Champion, Comparison, Promotion
from tasks.records import BinaryTestScores, Evaluation, Interval

FATES = {
    "first champion": "first champion",
    "promoted": "promoted",
    "statistically tied, champion kept": "tied, champion kept",
    "worse, champion kept": "worse, champion kept",
    "refused": "not promoted",
}


def fate(promotion: Promotion) -> str:
    """Say in a few words what became of a run's winner, as a run is named by."""
    return "unchanged" if promotion.is_unchanged else FATES[promotion.decision.outcome]


def sentence(promotion: Promotion) -> str:
    """Say the outcome and its reason."""
    outcome = promotion.decision.outcome
    return f"{outcome[0].upper()}{outcome[1:]}: {promotion.decision.reason}"


def promotion_report(promotion: Promotion) -> str:
    """Set a run's winner beside the champion: scores, images, chance, operating point."""
    challenger, champion = promotion.challenger, promotion.champion
    others_differ = champion is not None and champion.test != challenger.test
    paragraphs = [
        f"**{sentence(promotion)}**",
        _score_table(challenger, champion),
        _other_images(champion) if others_differ and champion else "",
        _compared(promotion.comparison) if promotion.comparison else "",
        _operating_point(promotion),
        _where(promotion),
    ]
    return "\n\n".join(each for each in paragraphs if each) + "\n"


def _score_table(challenger: Champion, champion: Champion | None) -> str:
    columns = [("this run", challenger)]
    if champion is not None:
        columns.insert(0, (f"champion since {_day(champion)}", champion))
    models = [each for _, each in columns]
    rows: list[tuple[object, ...]] = [
        ("model", *(each.title for each in models)),
        ("training images, copies included", *(f"{each.fitted.n_train:,}" for each in models)),
        *(
            (name, *(interval(_score(each.evaluation, field)) for each in models))
            for name, field in (
                ("accuracy", "accuracy"),
                ("macro precision", "macro_precision"),
                ("macro recall", "macro_recall"),
            )
        ),
    ]
    return table(("95 % interval in brackets", *(name for name, _ in columns)), rows)


def _score(evaluation: Evaluation, field: str) -> Interval:
    found: Interval = getattr(evaluation, field)
    return found


def _other_images(champion: Champion) -> str:
    return (
        f"The champion's scores are of other test images ({champion.dataset_title}), so the two "
        "columns say nothing about which model is better."
    )


def _compared(comparison: Comparison) -> str:
    right, wrong = len(comparison.newly_right), len(comparison.newly_wrong)
    if not right + wrong:
        return (
            f"Of the {comparison.n_test:,} test images the same {comparison.both_right:,} are "
            "right with both models: nothing tells the two apart."
        )
    return (
        f"Of the {comparison.n_test:,} test images {comparison.both_right:,} are right with both "
        f"models and {comparison.neither_right:,} with neither. **{right:,} are newly right and "
        f"{wrong:,} newly wrong.** {_odds(comparison)}"
    )


def _odds(comparison: Comparison) -> str:
    """Say a p value as a share of nights on which chance alone would do as much."""
    n, p_value = len(comparison.newly_right) + len(comparison.newly_wrong), comparison.p_value
    times = (
        f"on {100 * p_value:.0f} of 100 nights"
        if p_value >= 0.1
        else f"on 1 of {_round(1 / p_value)} nights"
    )
    verdict = (
        "that is rarer than 1 in 20, so it is taken for a real difference"
        if comparison.is_significant
        else "that is no rarer than 1 in 20, so it is not taken for a difference"
    )
    return (
        f"Were both models equally good, each of these {n:,} images would fall to either of them "
        f"like a coin, and a division as uneven as this one or more so would come up {times} "
        f"(p = {p_value:.2g}, McNemar's exact test): {verdict}."
    )


def _round(count: float) -> str:
    return "more than a million" if count > 1e6 else f"{count:,.0f}"


def _operating_point(promotion: Promotion) -> str:
    challenger, champion, comparison = (
        promotion.challenger,
        promotion.champion,
        promotion.comparison,
    )
    lines = [_reading("This run's threshold", challenger, challenger.evaluation.binary)]
    if champion is not None and not promotion.is_unchanged:
        lines.insert(0, _reading("The champion's threshold", champion, champion.evaluation.binary))
        if comparison is not None:
            lines.append(_carried_over(comparison.champions_threshold, champion, challenger))
    return "**Does the frozen threshold still give the asked precision?**\n\n" + "\n".join(
        f"- {line}" for line in lines
    )


def _reading(whose: str, model: Champion, read: BinaryTestScores) -> str:
    choice = model.choice
    return (
        f"{whose} {choice.threshold:.4g} for {article(choice.digit)} was chosen for a precision of "
        f"{percent(choice.target_precision, 1)}. On the test images it gives "
        f"{interval(read.precision)}, with recall {interval(read.recall)}: "
        f"{keeps_its_word(read.precision, choice.target_precision)}."
    )


def _carried_over(read: BinaryTestScores | None, champion: Champion, challenger: Champion) -> str:
    if read is None:
        return (
            f"The champion's threshold means nothing on the scores of {challenger.title}, which "
            f"are on another scale than those of {champion.title}, or on another digit; whoever "
            "uses the threshold must take the new one with the new model."
        )
    return (
        f"The champion's threshold read on this run's scores gives precision "
        f"{interval(read.precision)} and recall {interval(read.recall)}: "
        f"{keeps_its_word(read.precision, champion.choice.target_precision)}."
    )


def keeps_its_word(precision: Interval, target: float) -> str:
    """Say whether a precision on the test set reaches the one that was asked for.

    >>> keeps_its_word(Interval(value=0.89, low=0.85, high=0.92, method=""), 0.9)
    'a little below what was asked, by no more than chance would give'
    """
    if precision.value >= target:
        return "it keeps its word"
    if precision.high >= target:
        return "a little below what was asked, by no more than chance would give"
    return "**it no longer gives the asked precision**; choose it anew"


def _where(promotion: Promotion) -> str:
    now = promotion.in_use
    if now is None:
        return ""  # why there is none stands above
    return (
        f"The champion is `{now.name}`, {now.title}, model sha256 `{now.model_sha256}`. "
        "`python -m flows.champion` shows it and its history; `rollback` goes one back."
    )


def _day(champion: Champion) -> str:
    return champion.time[:16].replace("T", " ")
