"""Evidence -> markdown: what a reader may conclude from it, and what is left out."""

from artifacts.words import NOTHING, article, interval, percent, span, table
from tasks.records_evidence import ClassPoint, EveryClass, Mistakes, Sureness


def every_class_report(every: EveryClass, title: str) -> str:
    """Give every class's two thresholds and name the classes that cannot reach the target."""
    target = percent(every.target_precision, 0)
    reached = [point for point in every.points if point.recall is not None]
    head = (
        "class", f"threshold for {target}", "precision", "lowest to highest fold", "recall",
        "cheapest threshold", "false alarms", "misses", "cost per 1,000",
    )  # fmt: skip
    rows = [_class_row(point, every) for point in every.points]
    return f"""{_hardest_class(reached, target, title)}{_unreached(every, target)}

{table(head, rows)}

Each class is asked as a question of its own, "is it {article(every.points[0].label)}?", of {title}'s \
out-of-fold scores of all {every.n_images:,} training images; no model was fitted for it. The first \
threshold is the lowest that reaches the asked precision over all folds; on one fold alone it gives \
more or less, as the fourth column says. The cheapest one makes the mistakes that cost least when a \
false alarm costs {every.cost_false_alarm:g} and a miss {every.cost_miss:g} (`--cost-false-alarm`, \
`--cost-miss`); "never" means that raising no alarm at all would be cheaper.
"""


def _class_row(point: ClassPoint, every: EveryClass) -> tuple[object, ...]:
    cheapest = point.cheapest
    return (
        point.label,
        _number(point.threshold),
        _share(point.precision),
        _spread(point.fold_precisions),
        _share(point.recall),
        "never" if cheapest.threshold is None else f"{cheapest.threshold:.4g}",
        f"{cheapest.false_alarms:,}",
        f"{cheapest.misses:,}",
        f"{1000 * cheapest.cost / every.n_images:.2f}",
    )


def _hardest_class(reached: list[ClassPoint], target: str, title: str) -> str:
    if not reached:
        return f"**No class reaches a precision of {target} with {title}.**"
    hardest = min(reached, key=lambda point: point.recall or 0.0)
    easiest = max(reached, key=lambda point: point.recall or 0.0)
    return (
        f"**At a precision of {target} the {hardest.label} is the hardest to find**: {title} finds "
        f"{percent(hardest.recall or 0.0, 1)} of them, against {percent(easiest.recall or 0.0, 1)} of "
        f"the {easiest.label}s."
    )


def _unreached(every: EveryClass, target: str) -> str:
    return "".join(
        f"\n\nLeft out: the {point.label} reaches a precision of {target} at no threshold; its best is "
        f"{percent(point.best_precision)}."
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


def sureness_report(sureness: Sureness, title: str) -> str:
    """Say what passing the least sure images on would save, and whether probabilities hold."""
    rows: list[tuple[object, ...]] = [
        (
            percent(point.coverage, 1),
            f"{sureness.n_test - point.n_answered:,}",
            f"{point.n_errors:,}",
            interval(point.accuracy),
            f"{point.least_lead:.4g}",
        )
        for point in sureness.coverages
    ]
    head = ("answered", "passed on", "errors left", "accuracy (95 % interval)", "least lead")
    return f"""{_saving(sureness, title)}

{table(head, rows)}

An image's lead is the score of the class it is taken for minus the runner-up's; images with equal \
leads are answered together. Averaged over every share answered, {percent(sureness.risk_area)} are \
wrong (the area under the curve). This is read from the stored test scores and chooses nothing: a \
least lead to work with would have to be chosen on out-of-fold scores.

{_reliability_text(sureness, title)}
"""


def _saving(sureness: Sureness, title: str) -> str:
    whole = sureness.coverages[0]
    if whole.n_errors == 0:
        return f"**{title} is right on every test image**, so there is nothing to pass on."
    if len(sureness.coverages) == 1:
        return f"**{title} is equally sure of every image**, so none can be told apart to be passed on."
    tenth = min(sureness.coverages, key=lambda point: abs(point.coverage - 0.9))
    caught = whole.n_errors - tenth.n_errors
    return (
        f"**Passing the least sure {percent(1 - tenth.coverage, 1)} of the test images to a person "
        f"would catch {caught:,} of {title}'s {whole.n_errors:,} errors**; of the rest it gets "
        f"{percent(tenth.accuracy.value)} right."
    )


def _reliability_text(sureness: Sureness, title: str) -> str:
    calibrated = sureness.reliabilities[-1].brier
    how = (
        "Calibrated means: isotonic regression of each class on the out-of-fold scores, rows divided by "
        "their sum. Those scores come from models fitted on a part of the training set, so a "
        "calibration for the model fitted on all of it can be a little too careful."
    )
    scale = "the mean squared distance between probabilities and truth, 0 at best and 2 at worst"
    if not sureness.are_probabilities:
        return (
            f"Left out: {title} gives scores of a decision function, not probabilities, so there is no "
            f"reliability of the scores as they are. Calibrated, their Brier score ({scale}) is "
            f"{_plain_interval(calibrated.value, calibrated.low, calibrated.high)}. {how}"
        )
    raw = sureness.reliabilities[0].brier
    return (
        f"**Are its probabilities to be believed?** As the model gives them their Brier score ({scale}) "
        f"is {_plain_interval(raw.value, raw.low, raw.high)}; calibrated it is "
        f"{_plain_interval(calibrated.value, calibrated.low, calibrated.high)}. Above the diagonal of "
        f"the figure a model is right more often than it says. {how}"
    )


def _plain_interval(value: float, low: float, high: float) -> str:
    return f"{value:.4f} (95 % interval {low:.4f} to {high:.4f})"


def mistakes_report(mistakes: Mistakes, title: str) -> str:
    """Say how many mistakes there are, how many are near misses, and whose labels are in doubt."""
    if not mistakes.studied:
        return f"{title} makes no mistake on the {mistakes.n_test:,} test images.\n"
    near = sum(each.runner_up == each.true for each in mistakes.studied)
    agreeing = sum(each.neighbour_labels[0] == each.predicted for each in mistakes.studied)
    n = len(mistakes.studied)
    studied = (
        "all of them"
        if n == mistakes.n_wrong
        else f"the {n:,} with the largest margin, studied here"
    )
    return f"""**{title} is wrong on {mistakes.n_wrong:,} of {mistakes.n_test:,} test images.** Of \
{studied}, {percent(near / n, 0)} have the true class as runner-up, and for {percent(agreeing / n, 0)} \
the nearest training image has the wrong class too, so that a model which only remembered would make \
the same mistake.

{_suspects(mistakes)}
The margin is the score of the predicted class minus that of the true class; nearest is meant by \
Euclidean distance of the pixels, among the training images without their shifted copies. No label was \
changed and no image left out of any score.
"""


def _suspects(mistakes: Mistakes) -> str:
    if not mistakes.suspected:
        return "No test label is in doubt by the rule used here.\n"
    by_index = {each.index: each for each in mistakes.studied}
    rows: list[tuple[object, ...]] = [
        (at, by_index[at].true, by_index[at].predicted, reason) for at, reason in mistakes.suspected
    ]
    count = len(rows)
    head = ("test image (from 0)", "label", "rather", "why")
    return f"""**{count} label{"s are" if count > 1 else " is"} in doubt**: the model and at least all but \
one of the nearest training images agree on another class, and none of them has the published one. \
That is a suspicion to look at, not a finding: a rare way of writing a digit looks the same.

{table(head, rows)}
"""
