"""Which classes the winner confuses, out of fold."""

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from artifacts.text import article, named, percent, spread, table
from engine.cache.task import cached_task
from tasks.class_names import NUMBERS, ClassNames
from tasks.evaluation.records import Evaluation
from tasks.selection.records import TenClassScores

KEY = "4-evaluating-the-winner"
TITLE = "Evaluating the winner"


def ten_class_report(ten: TenClassScores, title: str, names: ClassNames = NUMBERS) -> str:
    """Name the class that causes most confusion and the pair most often confused."""
    n_errors = sum(map(sum, ten.confusion)) - sum(row[i] for i, row in enumerate(ten.confusion))
    if n_errors == 0:
        return f"{title} makes no mistake on any of the training images it was not fitted on.\n"
    share = ten.errors_by_class[ten.classes.index(ten.most_confused)] / n_errors
    true, predicted = ten.worst_pair
    return f"""**The {named(names, ten.most_confused)} causes most confusion**: it is the true or the predicted \
class in {percent(share, 1)} of {title}'s {n_errors:,} mistakes. Most often, {ten.worst_pair_count:,} \
times, {article(named(names, true))} is taken for {article(named(names, predicted))}.

Accuracy over all classes, out of fold: {percent(ten.accuracy)}; on the folds alone \
{spread(ten.fold_accuracies)}. In the error grid each row is divided \
by the number of its images and the diagonal is blanked, so that only mistakes are shaded.
"""


def _confusion(evaluation: Evaluation, names: ClassNames = NUMBERS) -> str:
    """Write the confusion matrix out, for those who cannot see its figure."""
    heads = tuple(f"as {named(names, label)}" for label in evaluation.classes)
    rows: list[tuple[object, ...]] = [
        (named(names, label), *(f"{count:,}" for count in row))
        for label, row in zip(evaluation.classes, evaluation.confusion, strict=True)
    ]
    return table(("true class, taken", *heads), rows)


@cached_task(name="draw all classes")
def draw_ten_classes(
    ten: TenClassScores, title: str, names: ClassNames = NUMBERS
) -> RenderedReport:
    """Render the confusion matrix over all classes and the grid of errors."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.scores import confusion_figure, error_grid_figure

    return RenderedReport(
        key=KEY,
        title=f"{TITLE}: {title}",
        markdown=ten_class_report(ten, title, names),
        figures=(
            _stored(KEY, "confusion", "Confusion matrix, out of fold",
                    confusion_figure(ten.confusion, drawn_names(names, ten.classes)),
                    "True classes as rows, predicted ones as columns, counts of images."),
            _stored(KEY, "errors", "Which class is taken for which",
                    error_grid_figure(ten.confusion, drawn_names(names, ten.classes)),
                    "Errors as a share of each true class, the diagonal blanked."),
        ),
    )  # fmt: skip
