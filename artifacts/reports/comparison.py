"""Which candidate is superior, and whether the difference is more than chance."""

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from artifacts.reports.precision_recall import _digit_scores
from artifacts.text import article, chance, named, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.class_names import NUMBERS, ClassNames
from tasks.models.records import OutOfFold
from tasks.selection.records import BinaryScores, Ranking

KEY = "3-which-candidate"
TITLE = "Which candidate?"


def comparison_report(
    out_of_fold: tuple[OutOfFold, ...],
    binaries: tuple[BinaryScores, ...],
    ranking: Ranking,
    digit: int,
    names: ClassNames = NUMBERS,
) -> str:
    """Set the candidates side by side and say which is superior, and whether by chance."""
    binary = {each.candidate: each for each in binaries}
    rows: list[tuple[object, ...]] = [
        (
            each.title,
            f"{percent(each.mean_accuracy)} ± {100 * each.std_accuracy:.2f}",
            " ".join(f"{100 * a:.2f}" for a in each.fold_accuracies),
            f"{binary[each.candidate].roc_auc:.4f}",
            f"{binary[each.candidate].average_precision:.4f}",
            f"{each.mean_fit_seconds:.1f}",
        )
        for each in ranking.ranked
    ]
    head = (
        "candidate",
        "accuracy, mean ± std of folds",
        "each fold, %",
        f"ROC AUC, {article(named(names, digit))}",
        f"AP, {article(named(names, digit))}",
        "fit seconds a fold",
    )
    warned = "".join(
        f"\n- {each.candidate.title} warned: {text}"
        for each in out_of_fold
        for text in each.warnings
    )
    return f"""{_superior(ranking)}

{table(head, rows)}
{warned}
Accuracy is over all classes; AUC and AP are for the question "is it {article(named(names, digit))}?". All of it is \
out of fold. ± is the standard deviation of the folds, not an interval.
"""


def _superior(ranking: Ranking) -> str:
    first = ranking.ranked[0]
    if ranking.p_value is None:
        return f"**{first.title}** was the only candidate, so there is nothing to compare it with."
    second = ranking.ranked[1]
    verdict = "is superior" if ranking.is_significant else "is ahead, but not provably better"
    return (
        f"**{first.title} {verdict}.** Of the training images, {ranking.only_first_right:,} are "
        f"right only with {first.title} and {ranking.only_second_right:,} only with {second.title}; "
        f"a difference that is {chance(ranking.p_value)}, by McNemar's exact test on the same images."
    )


@cached_task(name="draw comparison")
def draw_comparison(  # noqa: PLR0913, PLR0917 - all that is drawn, and its names
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    binaries: tuple[BinaryScores, ...],
    ranking: Ranking,
    digit: int,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render the candidates side by side: ROC curves, precision-recall curves, folds."""
    from artifacts.figures.curves import precision_recall_figure, roc_figure
    from artifacts.figures.scores import folds_figure

    y_true = load_array(labels) == digit
    candidates = _digit_scores(out_of_fold, digit)
    curve = precision_recall_figure(
        y_true, candidates, (), tuple(each.average_precision for each in binaries)
    )
    roc = roc_figure(y_true, candidates, tuple(each.roc_auc for each in binaries))
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=comparison_report(out_of_fold, binaries, ranking, digit, names),
        figures=(
            _stored(KEY, "roc", "ROC curves", roc,
                    "Recall against the false positive rate, with the corner enlarged."),
            _stored(KEY, "precision-recall", "Precision-recall curves", curve,
                    "Precision against recall of each candidate."),
            _stored(KEY, "folds", "Accuracy of every fold", folds_figure(ranking),
                    "Each candidate's accuracy on each fold, and the mean."),
        ),
    )  # fmt: skip
