"""The binary question at each candidate's default threshold."""

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from artifacts.text import article, named, percent, spread, table
from engine.cache.task import cached_task
from tasks.class_names import NUMBERS, ClassNames
from tasks.selection.records import BinaryScores

KEY = "1-is-it-the-digit"
TITLE = "Is it {digit} or not?"


def binary_report(
    binaries: tuple[BinaryScores, ...],
    titles: tuple[str, ...],
    digit: int,
    names: ClassNames = NUMBERS,
) -> str:
    """Answer "is it the digit?" at each candidate's default threshold."""
    (rest, _), (missed, found) = (
        (sum(binaries[0].confusion[0]), 0),
        binaries[0].confusion[1],
    )
    n_digit = missed + found
    rows: list[tuple[object, ...]] = [
        (
            title,
            percent(sum(each.fold_accuracies) / len(each.fold_accuracies)),
            spread(each.fold_accuracies),
            percent(each.precision),
            percent(each.recall),
            percent(each.f1),
            f"{each.default_threshold:g}",
        )
        for each, title in zip(binaries, titles, strict=True)
    ]
    head = (
        "candidate", "accuracy, mean of folds", "lowest to highest fold", "precision", "recall",
        "F1", "threshold",
    )  # fmt: skip
    sentences = "\n".join(
        f"- **{title}** finds {each.confusion[1][1]:,} of the {n_digit:,} images of "
        f"{article(named(names, digit))} and raises {each.confusion[0][1]:,} false alarms."
        for each, title in zip(binaries, titles, strict=True)
    )
    return f"""Is it {article(named(names, digit))}? Asked of every training image, answered by the model that \
did not see it, at the default threshold.

{table(head, rows)}

{sentences}

Accuracy alone says little here: saying "not {article(named(names, digit))}" every time is already right for \
{percent(rest / (rest + n_digit))} of the images.
"""


@cached_task(name="draw binary")
def draw_binary(
    binaries: tuple[BinaryScores, ...],
    titles: tuple[str, ...],
    digit: int,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render the confusion matrices of "is it the digit?" at the default threshold."""
    from artifacts.figures.class_names import drawn_name
    from artifacts.figures.scores import binary_confusion_figure

    return RenderedReport(
        key=KEY,
        title=TITLE.format(digit=article(names.of(digit))),
        markdown=binary_report(binaries, titles, digit, names),
        figures=(
            _stored(KEY, "confusion", "Confusion matrices at the default threshold",
                    binary_confusion_figure(binaries, titles, drawn_name(names, digit)),
                    "True classes as rows and predicted ones as columns, for each candidate."),
        ),
    )  # fmt: skip
