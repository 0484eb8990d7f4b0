"""Our figures beside those that chapter 3 prints, to the last digit the book gives."""

from engine.cache.task import cached_task
from tasks.models.records import OutOfFold
from tasks.selection.records import BinaryScores, ThresholdChoice
from tasks.textbook.published import LAST_EQUAL_WITH, NEVER_EQUAL, PUBLISHED
from tasks.textbook.records import BookFigure, Parity, ParityRow, ProbabilityCounts

Figures = dict[tuple[str, str], float]


def figures_of_detector(binary: BinaryScores) -> Figures:
    """Name what was measured of a model that says whether an image is the digit."""
    (rest_right, rest_wrong), (digit_wrong, digit_right) = binary.confusion
    named = {
        **_folds(binary.fold_accuracies),
        "others called others": rest_right,
        "others called fives": rest_wrong,
        "fives called others": digit_wrong,
        "fives called fives": digit_right,
        "precision": binary.precision,
        "recall": binary.recall,
        "F1": binary.f1,
        "ROC AUC": binary.roc_auc,
    }
    return _of(binary.candidate, named)


def figures_of_choice(choice: ThresholdChoice) -> Figures:
    """Name the operating point that gives the asked precision."""
    named = {
        "threshold for 90 % precision": choice.threshold,
        "precision at the 90 % threshold": choice.precision,
        "recall at the 90 % threshold": choice.recall,
    }
    return _of(choice.candidate, named)


def figures_of_probabilities(counts: ProbabilityCounts) -> Figures:
    """Name the share of positives among the probabilities that were looked at."""
    return _of(counts.candidate, {"share of fives at 0.50 to 0.60": counts.share})


def figures_of_classes(out_of_fold: OutOfFold) -> Figures:
    """Name the fold accuracies of a model that tells all classes apart."""
    return _of(out_of_fold.candidate.name, _folds(out_of_fold.fold_accuracies))


def compared(
    figures: Figures, *, scikit_learn: str, published: tuple[BookFigure, ...] = PUBLISHED
) -> tuple[ParityRow, ...]:
    """Set each published figure that was measured beside ours and say why they differ.

    Parameters
    ----------
    figures : dict
        (model, figure) -> our value.
    scikit_learn : str
        The version that made our values.
    """
    rows = [
        ParityRow(figure=each, ours=figures[each.model, each.name])
        for each in published
        if (each.model, each.name) in figures
    ]
    return tuple(
        row
        if row.is_equal
        else row.model_copy(update={"explanation": _why(row.figure.model, scikit_learn)})
        for row in rows
    )


@cached_task(name="compare with the book")
def compare_with_the_book(
    detectors: tuple[BinaryScores, ...],
    choices: tuple[ThresholdChoice, ...],
    probabilities: tuple[ProbabilityCounts, ...],
    ten_classes: tuple[OutOfFold, ...],
    scikit_learn: str,
) -> Parity:
    """Compare everything that was measured with what the book prints."""
    figures: Figures = {}
    for each in detectors:
        figures |= figures_of_detector(each)
    for choice in choices:
        figures |= figures_of_choice(choice)
    for counts in probabilities:
        figures |= figures_of_probabilities(counts)
    for out_of_fold in ten_classes:
        figures |= figures_of_classes(out_of_fold)
    return Parity(rows=compared(figures, scikit_learn=scikit_learn), scikit_learn=scikit_learn)


def _folds(accuracies: tuple[float, ...]) -> dict[str, float]:
    return {f"accuracy, fold {number}": value for number, value in enumerate(accuracies, 1)}


def _of(model: str, named: dict[str, float]) -> Figures:
    return {(model, name): float(value) for name, value in named.items()}


def _why(model: str, scikit_learn: str) -> str:
    if model in NEVER_EQUAL:
        return NEVER_EQUAL[model]
    if scikit_learn != LAST_EQUAL_WITH:
        return (
            f"equal with scikit-learn {LAST_EQUAL_WITH}; this is {scikit_learn}, on the same "
            "images and folds"
        )
    return (
        f"not explained: scikit-learn {scikit_learn} has given the book's value before, on the "
        "same images and folds"
    )
