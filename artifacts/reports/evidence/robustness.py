"""Accuracy on moved, turned, blurred and noisy images, with augmentation and without."""

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import interval, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.data.records import LabelledImages
from tasks.evaluation.records import Interval
from tasks.evidence.records import DisturbedAccuracy, Robustness

KEY = "5e-robustness"
TITLE = "Robustness: accuracy on disturbed images"

SIGNIFICANT = 0.05


def robustness_report(robustness: Robustness, title: str) -> str:
    """Say what augmentation gains under each disturbance, or that there was none."""
    height, width = robustness.image_size
    drawn = f"{robustness.n_images:,} of the {robustness.n_test:,} test images"
    whole = robustness.n_images == robustness.n_test
    images = f"all {robustness.n_test:,} test images" if whole else f"{drawn}, drawn by the seed"
    return f"""{_gained(robustness, title)}

{table(_head(robustness), [_row(score, robustness) for score in _once_undisturbed(robustness)])}

Measured on {images}, {width} x {height} pixels each, the same for every row; the intervals are \
Wilson's, 95 %. Moved images lose what leaves the frame; blur and noise are normal, by their standard \
deviation. Nothing was chosen by these figures.

{_what_is_compared(robustness, title)}
"""


def _gained(robustness: Robustness, title: str) -> str:
    disturbed = [score for score in robustness.scores if score.strength]
    if not robustness.is_compared:
        return (
            f"**Nothing to compare**: with shift 0 {title} was fitted on the original images alone, so "
            "there is no model without augmentation beside it. Below is its accuracy as it is."
        )
    p_values = [(score.p_value or 0.0, _gain(score)) for score in disturbed]
    better = sum(p < SIGNIFICANT and gain > 0 for p, gain in p_values)
    worse = sum(p < SIGNIFICANT and gain < 0 for p, gain in p_values)
    n = len(disturbed)
    return (
        f"**With augmentation {title} is significantly more accurate under {better} of {n} disturbances "
        f"than without, and less accurate under {worse}**; under the other {n - better - worse} the "
        f"difference is no more than chance would give.{_extremes(disturbed)}"
    )


def _extremes(disturbed: list[DisturbedAccuracy]) -> str:
    """Name the disturbances of the largest gain and the largest loss, where there is one."""
    best, worst = max(disturbed, key=_gain), min(disturbed, key=_gain)
    texts = [
        f" It {verb} most when images are {_named(score)}: {percent(score.augmented.value, 1)} "
        f"against {percent(_plain(score).value, 1)} right."
        for verb, score, is_one in (
            ("gains", best, _gain(best) > 0),
            ("loses", worst, _gain(worst) < 0),
        )
        if is_one
    ]
    return "".join(texts)


def _head(robustness: Robustness) -> tuple[str, ...]:
    if not robustness.is_compared:
        return ("test images", "accuracy (95 % interval)")
    return ("test images", "with augmentation", "without", "difference, points", "p")


def _row(score: DisturbedAccuracy, robustness: Robustness) -> tuple[object, ...]:
    name = _named(score) if score.strength else "as they are"
    if not robustness.is_compared or score.p_value is None:
        return (name, interval(score.augmented))
    p = f"{score.p_value:.2g}" if score.p_value >= 1e-4 else "< 0.0001"
    gain = f"{100 * _gain(score):+.1f}"
    bold = "**" if score.p_value < SIGNIFICANT else ""
    return (
        name,
        interval(score.augmented),
        interval(_plain(score)),
        f"{bold}{gain}{bold}",
        p,
    )


def _once_undisturbed(robustness: Robustness) -> list[DisturbedAccuracy]:
    first, *others = robustness.scores
    return [first, *(score for score in others if score.strength)]


def _what_is_compared(robustness: Robustness, title: str) -> str:
    jitter = robustness.own_jitter
    if not robustness.is_compared:
        return f"{title} does not jitter its training images either."
    copies = (
        f"With augmentation means the winner of this run, fitted on {robustness.n_train_augmented:,} "
        f"images, the {robustness.n_train_plain:,} originals among them."
        if robustness.shift
        else f"The winner of this run was fitted on the {robustness.n_train_plain:,} originals, for "
        "shift 0 adds no copies."
    )
    own = (
        f" {title} also moves, turns and slants every training image a little at each pass (jitter "
        f"{jitter:g}). That is an augmentation too, and it is turned off in the model without."
        if jitter
        else ""
    )
    shorter = (
        " A pass over them is shorter, so for a model that learns step by step a part of the "
        "difference may be the shorter training."
        if robustness.shift
        else ""
    )
    return (
        f"{copies}{own} Without means the same model, all other settings unchanged, fitted on the "
        f"originals alone.{shorter} p is McNemar's exact test on the same images; differences with p "
        "below 0.05 are bold, and of twenty comparisons one would be bold by chance alone."
    )


def _plain(score: DisturbedAccuracy) -> Interval:
    """Return the score of the model without augmentation, which a comparison always has."""
    return score.plain or score.augmented


def _gain(score: DisturbedAccuracy) -> float:
    return score.augmented.value - _plain(score).value


def _named(score: DisturbedAccuracy) -> str:
    strength = f"{score.strength:g} {score.unit}"
    by_a_deviation = score.kind in {"blurred", "noisy"}
    return f"{score.kind} ({strength})" if by_a_deviation else f"{score.kind} by {strength}"


@cached_task(name="draw robustness")
def draw_robustness(robustness: Robustness, test: LabelledImages, title: str) -> RenderedReport:
    """Render accuracy against the strength of each disturbance, and what they look like."""
    from artifacts.figures.robustness import disturbed_figure, robustness_figure
    from tasks.evidence.disturb import KINDS

    image = load_array(test.images)[:1]
    shown = {
        kind.name: [(at, kind.disturb(image, at, robustness.seed)[0]) for at in kind.strengths]
        for kind in KINDS
    }
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=robustness_report(robustness, title),
        figures=(
            stored_figure(
                KEY, "curves", "Accuracy on disturbed images", robustness_figure(robustness),
                "Accuracy with 95 % intervals against the strength of shifts, turns, blur and "
                f"noise{', with augmentation and without' * robustness.is_compared}.",
            ),
            stored_figure(
                KEY, "images", "What the disturbances look like", disturbed_figure(shown),
                "The first test image under every disturbance, in the strengths of the curves.",
            ),
        ),
    )  # fmt: skip
