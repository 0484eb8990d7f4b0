"""Whether a run's model is better than the champion, on which images, and if it replaces it."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from artifacts.render import RenderedFigure, RenderedReport, stored_figure
from artifacts.text import article, as_text, interval, moment, named, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.champion.records import Champion, Comparison, Outcome, Promotion
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import LabelledImages
from tasks.evaluation.records import BinaryTestScores, Evaluation, Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEY = "6-champion"
TITLE = "The champion"


class Judged(NamedTuple):
    """A model as a table of scores names it: its title, its training images, its scores."""

    title: str
    n_train: int
    evaluation: Evaluation


def outcome_in_words(promotion: Promotion) -> str:
    """Say in a few words what became of a run's winner, for the name of the run."""
    outcome = promotion.decision.outcome
    if promotion.is_unchanged:
        return "unchanged"
    if outcome is Outcome.REFUSED:
        return "not promoted"
    return outcome.removeprefix("statistically ")


def sentence(promotion: Promotion) -> str:
    """Say the outcome and its reason."""
    outcome = promotion.decision.outcome
    return f"{outcome[0].upper()}{outcome[1:]}: {promotion.decision.reason}"


def promotion_report(promotion: Promotion) -> str:
    """Set a run's winner beside the champion: scores, images, chance, operating point."""
    challenger, champion = promotion.challenger, promotion.champion
    others_differ = champion is not None and champion.test != challenger.test
    paragraphs = [
        f"**{as_text(sentence(promotion))}**",
        score_table(_columns(challenger, champion)),
        _other_images(champion) if others_differ and champion else "",
        compared_in_words(promotion.comparison) if promotion.comparison else "",
        _operating_point(promotion),
        _where(promotion),
    ]
    return "\n\n".join(each for each in paragraphs if each) + "\n"


def _columns(challenger: Champion, champion: Champion | None) -> list[tuple[str, Judged]]:
    named = [("this run", challenger)]
    if champion is not None:
        named.insert(0, (f"champion since {_day(champion)}", champion))
    return [(name, Judged(e.title, e.fitted.n_train, e.evaluation)) for name, e in named]


def score_table(columns: list[tuple[str, Judged]]) -> str:
    """Set models side by side: what they are, and their scores with intervals."""
    models = [each for _, each in columns]
    rows: list[tuple[object, ...]] = [
        ("model", *(each.title for each in models)),
        ("training images, copies included", *(f"{each.n_train:,}" for each in models)),
        *(
            (name, *(interval(each.evaluation.headline[name]) for each in models))
            for name in models[0].evaluation.headline
        ),
    ]
    return table(("95 % interval in brackets", *(name for name, _ in columns)), rows)


def _other_images(champion: Champion) -> str:
    return (
        f"The champion's scores are of other test images ({as_text(champion.dataset_title)}), so the two "
        "columns say nothing about which model is better."
    )


def compared_in_words(comparison: Comparison) -> str:
    """Say on how many images two models differ, and whether that is more than chance."""
    right, wrong = len(comparison.newly_right), len(comparison.newly_wrong)
    if not right + wrong:
        return (
            f"Of the {comparison.n_test:,} test images the same {comparison.both_right:,} are "
            "right with both models: no difference between the two shows."
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
        f"If both models were equally good, each of these {n:,} images would be right with either of "
        f"them by chance, and a division at least as uneven as this one would occur {times} "
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
        f"{whose} {choice.threshold:.4g} for {article(named(model.names, choice.digit))} was chosen for a precision of "
        f"{percent(choice.target_precision, 1)}. On the test images it gives "
        f"{interval(read.precision)}, with recall {interval(read.recall)}: "
        f"{precision_in_words(read.precision, choice.target_precision)}."
    )


def _carried_over(read: BinaryTestScores | None, champion: Champion, challenger: Champion) -> str:
    if read is None:
        return (
            f"The champion's threshold means nothing on the scores of {challenger.title}, which "
            f"are on another scale than those of {champion.title}, or on another digit; the "
            "new model must be used with the new threshold."
        )
    return (
        f"The champion's threshold read on this run's scores gives precision "
        f"{interval(read.precision)} and recall {interval(read.recall)}: "
        f"{precision_in_words(read.precision, champion.choice.target_precision)}."
    )


def precision_in_words(precision: Interval, target: float) -> str:
    """Say whether a precision on the test set reaches the one that was asked for.

    >>> precision_in_words(Interval(value=0.89, low=0.85, high=0.92, method=""), 0.9)
    'a little below what was asked, by no more than chance would give'
    """
    if precision.value >= target:
        return "it gives the asked precision"
    if precision.high >= target:
        return "a little below what was asked, by no more than chance would give"
    return "**it no longer gives the asked precision**; choose a new threshold"


def _where(promotion: Promotion) -> str:
    now = promotion.in_use
    if now is None:
        return ""  # why there is none stands above
    return (
        f"The champion is `{now.name}`, {now.title}, model sha256 `{now.model_sha256}`. "
        f"`python -m flows.champion --dataset {now.dataset_name}` shows it and its history; "
        "`rollback` goes one back."
    )


def _day(champion: Champion) -> str:
    return moment(champion.time)


@cached_task(name="draw promotion")
def draw_promotion(
    comparison: Comparison,
    champion: Evaluation,
    challenger: Evaluation,
    test: LabelledImages,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render both models' scores and the images that only one of them has right.

    The report has no text yet: that names the run, and this is the same for every run that
    finds the same.
    """
    return RenderedReport(
        key=KEY,
        title="",
        markdown="",
        figures=changed_figures(
            KEY, comparison, (champion, challenger), test, ("champion", "this run"), names
        ),
    )


def changed_figures(  # noqa: PLR0913, PLR0917 - which images, and how they are shown
    key: str,
    comparison: Comparison,
    both: tuple[Evaluation, Evaluation],
    test: LabelledImages,
    titles: tuple[str, str],
    names: ClassNames = NUMBERS,
) -> tuple[RenderedFigure, ...]:
    """Render two models' scores, and the test images that only one of them has right."""
    from artifacts.figures.champion import both_scores_figure
    from artifacts.figures.style import GREEN, ORANGE

    (first, second), (old, new) = both, titles
    scores = stored_figure(
        key, "scores", f"{old[0].upper()}{old[1:]} and {new}",
        both_scores_figure(first, second, titles),
        "Accuracy, macro precision and macro recall of both models with 95 % intervals.",
    )  # fmt: skip
    if not test.are_images:
        return (scores,)
    right = _changed(
        comparison.newly_right, test, first.predictions, GREEN, "{true}, was {said}", names
    )
    wrong = _changed(
        comparison.newly_wrong, test, second.predictions, ORANGE, "{true}, now {said}", names
    )
    return (
        scores,
        stored_figure(
            key, "newly-right", _counted(comparison.newly_right, "newly right"), right,
            f"Test images that the model of {old} takes for another class and that of {new} does "
            "not; those it is surest of stand first.",
        ),
        stored_figure(
            key, "newly-wrong", _counted(comparison.newly_wrong, "newly wrong"), wrong,
            f"Test images that the model of {old} classifies rightly and that of {new} does not; "
            "those it is surest of stand first.",
        ),
    )  # fmt: skip


def _counted(rows: tuple[int, ...], what: str) -> str:
    return f"{len(rows):,} test image{'' if len(rows) == 1 else 's'} {what}"


def _changed(  # noqa: PLR0913, PLR0917 - which images, and how they are shown
    rows: tuple[int, ...],
    test: LabelledImages,
    predictions: ArrayRef,
    colour: str,
    wording: str,
    names: ClassNames,
) -> "Figure":
    """Draw the images in these rows with the wrong model's predictions of them."""
    from artifacts.figures.champion import N_SHOWN, changed_images_figure
    from artifacts.figures.class_names import drawn_name

    shown = list(rows[:N_SHOWN])
    return changed_images_figure(
        load_array(test.images)[shown],
        load_array(test.labels)[shown],
        load_array(predictions)[shown],
        colour=colour,
        wording=wording,
        called=partial(drawn_name, names),
    )
