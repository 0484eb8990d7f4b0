"""What a person sees first: whether it worked, whether to believe it, where it fails."""

from artifacts.reports.evidence.mistakes import KEY as MISTAKES_KEY
from artifacts.text import article, as_text, chance, interval, named, percent, span
from engine.records import Record
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import Dataset
from tasks.evaluation.records import Evaluation, Interval, Verdict
from tasks.selection.records import Ranking, ThresholdChoice

KEY_FIGURES = (f"{MISTAKES_KEY}-error-grid",)
BADGE_CLASSES: dict[Verdict, str] = {
    "met": "met",
    "met but not separable from the goal": "tied",
    "missed": "missed",
}


class FirstPage(Record):
    """The headline scores and what to make of them.

    `believe` and `weak` are sentences of markdown; `pictures` are keys of figures.
    """

    goal: float
    scores: tuple[tuple[str, Interval], ...]
    believe: tuple[str, ...]
    weak: tuple[str, ...]
    pictures: tuple[str, ...]

    @property
    def goal_text(self) -> str:
        """The goal as a report writes it."""
        return percent(self.goal, 1)


class ScoreBar(Record):
    """A headline score with its drawing: places and widths in percent of the bar's length."""

    name: str
    value: str
    between: str
    goal: str
    left: float
    width: float
    at: float
    goal_at: float


def first_page(
    dataset: Dataset,
    ranking: Ranking,
    choice: ThresholdChoice,
    evaluation: Evaluation,
    names: ClassNames = NUMBERS,
) -> FirstPage:
    """Return the first page of a run's report."""
    return FirstPage(
        goal=evaluation.goal,
        scores=tuple(evaluation.headline.items()),
        believe=_reasons(dataset, ranking, choice, evaluation, names),
        weak=_weaknesses(evaluation, names),
        pictures=KEY_FIGURES,
    )


def score_bars(first: FirstPage) -> tuple[ScoreBar, ...]:
    """Lay the headline scores out on one scale that holds all intervals and the goal."""
    low = min(first.goal, *(score.low for _, score in first.scores))
    high = max(first.goal, *(score.high for _, score in first.scores))
    margin = 0.08 * max(high - low, 1e-6)
    start, length = low - margin, high - low + 2 * margin

    def place(value: float) -> float:
        return round(100 * (value - start) / length, 2)

    return tuple(
        ScoreBar(
            name=name,
            value=percent(score.value),
            between=span(score.low, score.high),
            goal=first.goal_text,
            left=place(score.low),
            width=round(place(score.high) - place(score.low), 2),
            at=place(score.value),
            goal_at=place(first.goal),
        )
        for name, score in first.scores
    )


def _reasons(
    dataset: Dataset,
    ranking: Ranking,
    choice: ThresholdChoice,
    evaluation: Evaluation,
    names: ClassNames,
) -> tuple[str, ...]:
    return (
        _reading(dataset, evaluation),
        _meaning(evaluation),
        _lead(ranking),
        _threshold(choice, evaluation, names),
        *_halves(evaluation),
    )


def _reading(dataset: Dataset, evaluation: Evaluation) -> str:
    return (
        f"No choice was made on the {evaluation.n_test:,} test images; the "
        f"content of {as_text(dataset.title)} has the sha256 `{dataset.content_sha256[:12]}`."
        + (
            f" **{dataset.n_left_out:,} training images that equal a test image were left out.**"
            if dataset.n_left_out
            else ""
        )
    )


def _meaning(evaluation: Evaluation) -> str:
    if evaluation.verdict == "met":
        return "All three intervals lie above the goal, so chance does not explain that it is met."
    if evaluation.verdict == "missed":
        return "At least one of the three scores is below the goal."
    return (
        "All three scores reach the goal, but an interval reaches below it: with other test images "
        "it might have been missed."
    )


def _lead(ranking: Ranking) -> str:
    first = ranking.ranked[0]
    spread = f"its folds gave {_range(first.fold_accuracies)} out of fold"
    if ranking.p_value is None:
        return f"**{first.title}** was the only candidate; {spread}."
    return (
        f"**{first.title}** leads {ranking.ranked[1].title} by {chance(ranking.p_value)}; {spread}."
    )


def _threshold(choice: ThresholdChoice, evaluation: Evaluation, names: ClassNames) -> str:
    binary = evaluation.binary
    kept = "kept" if binary.precision.value >= choice.target_precision else "did not keep"
    return (
        f"Is it {article(named(names, binary.digit))}? The threshold chosen for a precision of "
        f"{percent(choice.target_precision, 1)} {kept} it on the test set: precision "
        f"{interval(binary.precision)}, recall {interval(binary.recall)}."
    )


def _halves(evaluation: Evaluation) -> tuple[str, ...]:
    if not evaluation.slices:
        return ()
    parts = "; ".join(f"{each.name} {percent(each.accuracy.value)}" for each in evaluation.slices)
    return (f"Parts of the test set: {parts}.",)


def _weaknesses(evaluation: Evaluation, names: ClassNames) -> tuple[str, ...]:
    n_right = sum(row[i] for i, row in enumerate(evaluation.confusion))
    n_wrong = evaluation.n_test - n_right
    if n_wrong == 0:
        return ("Nowhere on these test images; others may show where.",)
    tested = [each for each in evaluation.per_class if each.support]
    missed = min(tested, key=lambda each: each.recall)
    doubted = min(tested, key=lambda each: each.precision)
    count, true, predicted = _worst_pair(evaluation)
    taken, other = (article(named(names, label)) for label in (true, predicted))
    rarely_found, rarely_right = (named(names, each.label) for each in (missed, doubted))
    return (
        f"**{n_wrong:,}** of {evaluation.n_test:,} test images are wrong.",
        f"Most often, {count:,} times, {taken} is taken for {other}.",
        f"The **{rarely_found}** is missed most: {percent(missed.recall)} of them are found.",
        f"The **{rarely_right}** has the lowest precision: {percent(doubted.precision)}.",
    )


def _worst_pair(evaluation: Evaluation) -> tuple[int, int, int]:
    """Return count, true and predicted class of the most frequent error, the first of equals."""
    classes = evaluation.classes
    cells = [
        (count, true, predicted)
        for true, row in zip(classes, evaluation.confusion, strict=True)
        for predicted, count in zip(classes, row, strict=True)
        if true != predicted
    ]
    return max(cells, key=lambda cell: cell[0])


def _range(fractions: tuple[float, ...]) -> str:
    return span(min(fractions), max(fractions))
