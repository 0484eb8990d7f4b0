"""Record -> markdown: the same record gives the same text, byte by byte."""

from artifacts.resolution_reports import resolution_text
from artifacts.words import NOTHING, article, chance, interval, percent, span, spread, table
from tasks.records import (
    BinaryScores,
    Dataset,
    Evaluation,
    OutOfFold,
    Ranking,
    TenClassScores,
    ThresholdChoice,
    TrainingSet,
)
from tasks.records_resolution import Resolution


def dataset_report(dataset: Dataset) -> str:
    """Say which images a run stands on, where they came from and how they were checked."""
    height, width = dataset.train.images.shape[1:]
    counts = zip(dataset.classes, dataset.train_counts, dataset.test_counts, strict=True)
    n_train, n_test = dataset.train.n_images, dataset.test.n_images
    rows: list[tuple[object, ...]] = [
        (label, f"{train:,}", percent(train / n_train, 1), f"{test:,}", percent(test / n_test, 1))
        for label, train, test in counts
    ]
    warning = (
        f"> **This is not MNIST.** {dataset.fallback_reason}\n\n" if dataset.fallback_reason else ""
    )
    checks = "\n".join(f"- {check}" for check in dataset.checks)
    return f"""{warning}**{dataset.title}**: {n_train:,} training and {n_test:,} test images of \
{width} x {height} pixels in {len(dataset.classes)} classes, from {dataset.source}.

Content sha256 `{dataset.content_sha256}`

{checks}

{table(("class", "training", "share", "test", "share"), rows)}
"""


def augmentation_report(training: TrainingSet) -> str:
    """Say how many images the shifts make of the training set."""
    n, variants = training.n_sources, len(training.offsets)
    if variants == 1:
        return f"No copies were added (shift 0): the {n:,} training images are used as they are.\n"
    pixels = max(abs(dx) for dx, _ in training.offsets)
    return f"""Each of the {n:,} training images is used {variants} times: as it is, and moved by \
{pixels} pixel{"s" if pixels > 1 else ""} to the left, right, up and down. That makes \
**{n * variants:,} images**. What comes free is filled with background; what leaves the frame is lost.

An image and its copies always stand on the same side of a fold, and only originals are scored.
"""


def binary_report(binaries: tuple[BinaryScores, ...], titles: tuple[str, ...], digit: int) -> str:
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
        f"{article(digit)} and raises {each.confusion[0][1]:,} false alarms."
        for each, title in zip(binaries, titles, strict=True)
    )
    return f"""Is it {article(digit)}? Asked of every training image, answered by the model that \
did not see it, at the default threshold.

{table(head, rows)}

{sentences}

Accuracy alone says little here: saying "not {article(digit)}" every time is already right for \
{percent(rest / (rest + n_digit))} of the images.
"""


def precision_recall_report(
    choices: tuple[ThresholdChoice, ...], titles: dict[str, str], winner: str
) -> str:
    """State the operating points in words a manager can read, the winner's first."""
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
    digit = article(chosen.digit)
    return f"""**Out of fold, of 100 images that {titles[winner]} calls {digit}, {100 * chosen.precision:.0f} \
are; it finds {100 * chosen.recall:.0f} of every 100 there are.** That holds for images it was not \
fitted on, at threshold {chosen.threshold:.6g}.

{table(("candidate", "threshold", "precision", "recall"), rows)}
{missing}
The rule: the lowest threshold whose precision reaches the asked {percent(chosen.target_precision)}, \
because the lowest keeps the most recall. Precision does not rise evenly with the threshold, so this \
point can sit on a lucky spike. It was chosen on these very scores, so they give no honest interval: \
`2b-every-class` shows what the winner's gives on each fold, and `5-final-scores` what it gives, with an \
interval, on the test set, where it is only read.
"""


def comparison_report(
    out_of_fold: tuple[OutOfFold, ...],
    binaries: tuple[BinaryScores, ...],
    ranking: Ranking,
    digit: int,
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
        f"ROC AUC, {article(digit)}",
        f"AP, {article(digit)}",
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
Accuracy is over all classes; AUC and AP are for the question "is it {article(digit)}?". All of it is \
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


def ten_class_report(ten: TenClassScores, title: str) -> str:
    """Name the class that causes most confusion and the pair most often confused."""
    n_errors = sum(map(sum, ten.confusion)) - sum(row[i] for i, row in enumerate(ten.confusion))
    if n_errors == 0:
        return f"{title} makes no mistake on any of the training images it was not fitted on.\n"
    share = ten.errors_by_class[ten.classes.index(ten.most_confused)] / n_errors
    true, predicted = ten.worst_pair
    return f"""**The {ten.most_confused} causes most confusion**: it is the true or the predicted \
class in {percent(share, 1)} of {title}'s {n_errors:,} mistakes. Most often, {ten.worst_pair_count:,} \
times, {article(true)} is taken for {article(predicted)}.

Accuracy over all classes, out of fold: {percent(ten.accuracy)}; on the folds alone \
{spread(ten.fold_accuracies)}. In the error grid each row is divided \
by the number of its images and the diagonal is blanked, so that only mistakes are shaded.
"""


def evaluation_report(
    evaluation: Evaluation, resolution: Resolution, title: str, dataset_title: str
) -> str:
    """Give the final scores with their intervals, the verdict and where the model is weak."""
    scores = [
        ("accuracy", evaluation.accuracy),
        ("macro precision", evaluation.macro_precision),
        ("macro recall", evaluation.macro_recall),
    ]
    rows: list[tuple[object, ...]] = [
        (name, percent(s.value), span(s.low, s.high), s.method) for name, s in scores
    ]
    classes: list[tuple[object, ...]] = [
        (c.label, percent(c.precision), percent(c.recall), percent(c.f1), f"{c.support:,}")
        if c.support
        else (c.label, NOTHING, NOTHING, NOTHING, "0")
        for c in evaluation.per_class
    ]
    return f"""**The goal of {percent(evaluation.goal, 0)} is {evaluation.verdict}** by {title} on the \
{evaluation.n_test:,} test images of {dataset_title}, which were read once, here.

{table(("score", "value", "95 % interval", "method"), rows)}

{_slices(evaluation)}{_frozen_threshold(evaluation)}

{table(("class", "precision", "recall", "F1", "support"), classes)}
{_absent(evaluation)}
{_confusion(evaluation)}

{resolution_text(resolution, title)}

Prediction digest `{evaluation.prediction_sha256}`
"""


def _absent(evaluation: Evaluation) -> str:
    absent = [str(score.label) for score in evaluation.per_class if not score.support]
    if not absent:
        return ""
    return (
        f"\nLeft out: the test set has no image of class {', '.join(absent)}. The macro figures are "
        "means over the other classes.\n"
    )


def _confusion(evaluation: Evaluation) -> str:
    """Write the confusion matrix out, for those who cannot see its figure."""
    names = tuple(f"as {label}" for label in evaluation.classes)
    rows: list[tuple[object, ...]] = [
        (label, *(f"{count:,}" for count in row))
        for label, row in zip(evaluation.classes, evaluation.confusion, strict=True)
    ]
    return table(("true class, taken", *names), rows)


def _slices(evaluation: Evaluation) -> str:
    if not evaluation.slices:
        return ""
    rows: list[tuple[object, ...]] = [
        (each.name, f"{each.n_images:,}", interval(each.accuracy)) for each in evaluation.slices
    ]
    return table(("part of the test set", "images", "accuracy (95 % interval)"), rows) + "\n\n"


def _frozen_threshold(evaluation: Evaluation) -> str:
    binary = evaluation.binary
    return (
        f"Is it {article(binary.digit)}? The threshold {binary.threshold:.6g}, chosen before and "
        f"only read here, gives precision {interval(binary.precision)} and recall "
        f"{interval(binary.recall)} on the test set."
    )
