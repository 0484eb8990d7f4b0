"""Which threshold gives the asked precision, and the recall at it."""

from typing import TYPE_CHECKING

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from artifacts.text import article, named, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.class_names import NUMBERS, ClassNames
from tasks.models.records import OutOfFold
from tasks.selection.records import BinaryScores, ThresholdChoice

if TYPE_CHECKING:
    from artifacts.figures.curves import CandidateScores

KEY = "2-precision-against-recall"
TITLE = "Precision against recall"


def precision_recall_report(
    choices: tuple[ThresholdChoice, ...],
    titles: dict[str, str],
    winner: str,
    names: ClassNames = NUMBERS,
) -> str:
    """State the operating points in plain words, the winner's first."""
    chosen = next(each for each in choices if each.candidate == winner)
    rows: list[tuple[object, ...]] = [
        (
            titles[each.candidate],
            f"{each.threshold:.6g}",
            percent(each.precision),
            percent(each.recall),
        )
        for each in choices
    ]
    unreached = [
        title for name, title in titles.items() if name not in {c.candidate for c in choices}
    ]
    missing = "".join(
        f"\n{title} cannot give a precision of {percent(chosen.target_precision)} at any threshold.\n"
        for title in unreached
    )
    digit = article(named(names, chosen.digit))
    return f"""**Out of fold, of 100 images that {titles[winner]} calls {digit}, {100 * chosen.precision:.0f} \
are; it finds {100 * chosen.recall:.0f} of every 100 there are.** That holds for images it was not \
fitted on, at threshold {chosen.threshold:.6g}.

{table(("candidate", "threshold", "precision", "recall"), rows)}
{missing}
The rule: the lowest threshold whose precision reaches the asked {percent(chosen.target_precision)}, \
because the lowest keeps the most recall. Precision does not rise evenly with the threshold, so this \
point can be a peak that chance made. It was chosen on these scores, so they give no unbiased interval: \
`2b-every-class` shows what the winner's gives on each fold, and `5-final-scores` what it gives, with an \
interval, on the test set, where it is only read.
"""


@cached_task(name="draw precision against recall")
def draw_precision_recall(  # noqa: PLR0913, PLR0917 - all that is drawn, and its names
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    choices: tuple[ThresholdChoice, ...],
    binaries: tuple[BinaryScores, ...],
    winner: str,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render precision and recall against the threshold and against each other."""
    from artifacts.figures.curves import precision_recall_figure, threshold_figure

    digit = choices[0].digit
    y_true = load_array(labels) == digit
    candidates = _digit_scores(out_of_fold, digit)
    titles = {each.name: each.title for each in candidates}
    by_name = {each.name: each for each in candidates}
    thresholds = tuple(
        _stored(KEY, f"threshold-{choice.candidate.replace('_', '-')}",
                f"Precision and recall against the threshold, {titles[choice.candidate]}",
                threshold_figure(
                    y_true, by_name[choice.candidate].scores, choice, titles[choice.candidate]
                ),
                f"Precision and recall of {titles[choice.candidate]} at every threshold; a dot "
                f"marks the chosen {choice.threshold:.4g}.")
        for choice in choices
    )  # fmt: skip
    curve = precision_recall_figure(
        y_true, candidates, choices, tuple(each.average_precision for each in binaries)
    )
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=precision_recall_report(choices, titles, winner, names),
        figures=(
            *thresholds,
            _stored(KEY, "curve", "Precision against recall", curve,
                    "The precision-recall curve of each candidate with its chosen point."),
        ),
    )  # fmt: skip


def _digit_scores(out_of_fold: tuple[OutOfFold, ...], digit: int) -> "tuple[CandidateScores, ...]":
    from artifacts.figures.curves import CandidateScores

    return tuple(
        CandidateScores(
            each.candidate.name,
            each.candidate.title,
            load_array(each.scores)[:, each.classes.index(digit)],
        )
        for each in out_of_fold
    )
