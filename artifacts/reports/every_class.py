"""Two thresholds for every class: for the asked precision, and for the lowest cost of errors."""

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import NOTHING, article, named, percent, span, table
from engine.cache.task import cached_task
from tasks.class_names import NUMBERS, ClassNames
from tasks.selection.records import ClassPoint, EveryClass

KEY = "2b-every-class"
TITLE = "Every class at the asked precision"


def every_class_report(every: EveryClass, title: str, names: ClassNames = NUMBERS) -> str:
    """Give every class's two thresholds and name the classes that cannot reach the target."""
    target = percent(every.target_precision, 0)
    reached = [point for point in every.points if point.recall is not None]
    head = (
        "class", f"threshold for {target}", "precision", "lowest to highest fold", "recall",
        "cheapest threshold", "false alarms", "misses", "cost per 1,000",
    )  # fmt: skip
    rows = [_class_row(point, every, names) for point in every.points]
    return f"""{_hardest_class(reached, target, title, names)}{_unreached(every, target, names)}

{table(head, rows)}

Each class is asked as a question of its own, "is it {article(named(names, every.points[0].label))}?", of {title}'s \
out-of-fold scores of all {every.n_images:,} training images; no model was fitted for it. The first \
threshold is the lowest that reaches the asked precision over all folds; on one fold alone it gives \
more or less, as the fourth column says. The cheapest one makes the mistakes that cost least when a \
false alarm costs {every.cost_false_alarm:g} and a miss {every.cost_miss:g} (`--cost-false-alarm`, \
`--cost-miss`); "never" means that raising no alarm at all would be cheaper.
"""


def _class_row(point: ClassPoint, every: EveryClass, names: ClassNames) -> tuple[object, ...]:
    cheapest = point.cheapest
    return (
        named(names, point.label),
        _number(point.threshold),
        _share(point.precision),
        _spread(point.fold_precisions),
        _share(point.recall),
        "never" if cheapest.threshold is None else f"{cheapest.threshold:.4g}",
        f"{cheapest.false_alarms:,}",
        f"{cheapest.misses:,}",
        f"{1000 * cheapest.cost / every.n_images:.2f}",
    )


def _hardest_class(reached: list[ClassPoint], target: str, title: str, names: ClassNames) -> str:
    if not reached:
        return f"**No class reaches a precision of {target} with {title}.**"
    hardest = min(reached, key=lambda point: point.recall or 0.0)
    easiest = max(reached, key=lambda point: point.recall or 0.0)
    if len(reached) > 1 and hardest.recall == easiest.recall:
        found = percent(hardest.recall or 0.0, 1)
        return f"**At a precision of {target} every class is found equally well**: {title} finds {found} of each."
    return (
        f"**At a precision of {target} the {named(names, hardest.label)} is the hardest to find**: {title} finds "
        f"{percent(hardest.recall or 0.0, 1)} of them, against {percent(easiest.recall or 0.0, 1)} of "
        f"the {named(names, easiest.label)}s."
    )


def _unreached(every: EveryClass, target: str, names: ClassNames) -> str:
    return "".join(
        f"\n\nLeft out: the {named(names, point.label)} reaches a precision of {target} at no threshold; its best "
        f"is {percent(point.best_precision)}."
        for point in every.points
        if point.threshold is None
    )


def _spread(fractions: tuple[float | None, ...]) -> str:
    known = [each for each in fractions if each is not None]
    return span(min(known), max(known), 1) if known else NOTHING


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value, 1)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4g}"


@cached_task(name="draw every class")
def draw_every_class(every: EveryClass, title: str, names: ClassNames = NUMBERS) -> RenderedReport:
    """Render each class's recall at the asked precision and its spread over the folds."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.confidence import every_class_figure

    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=every_class_report(every, title, names),
        figures=(
            stored_figure(
                KEY, "recall", "What every class gives",
                every_class_figure(
                    every, drawn_names(names, tuple(point.label for point in every.points))
                ),
                "Each class's recall at the asked precision, and the precision that its "
                "threshold gives on each fold alone.",
            ),
        ),
    )  # fmt: skip
