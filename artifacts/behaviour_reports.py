"""Behaviour -> markdown: what a model looks at and withstands, and what that cannot say."""

from artifacts.words import interval, percent, table
from tasks.records import Interval
from tasks.records_behaviour import ForestLook, LinearLook, Occlusion, Robustness, Withstood

SIGNIFICANT = 0.05


def looks_report(
    occlusion: Occlusion,
    looks: tuple[ForestLook | LinearLook, ...],
    title: str,
    titles: tuple[str, ...],
) -> str:
    """Explain every map of what a model looks at: how it was made and what it cannot say.

    Parameters
    ----------
    looks : tuple of ForestLook or LinearLook
        Of the candidates that say themselves what they use; `titles` are their names.
    """
    parts = [_occlusion_text(occlusion, title)]
    parts += [
        _forest_text(look, name) if isinstance(look, ForestLook) else _linear_text(look, name)
        for look, name in zip(looks, titles, strict=True)
    ]
    parts += _left_out(looks)
    return "\n\n".join(parts) + "\n"


def _occlusion_text(occlusion: Occlusion, title: str) -> str:
    unit = "probability" if occlusion.are_probabilities else "score"
    side = occlusion.window
    seen = [n for n in occlusion.n_images if n]
    count = f"{min(seen)}" if min(seen) == max(seen) else f"{min(seen)} to {max(seen)}"
    unseen = [
        str(label) for label, n in zip(occlusion.classes, occlusion.n_images, strict=True) if not n
    ]
    missing = (
        f" Left out: the test set has no image of class {', '.join(unseen)}." if unseen else ""
    )
    window = "single pixel" if side == 1 else f"window of {side} x {side} pixels"
    return f"""**{title} is asked what it loses.** In the first {count} test images of every class a \
{window} is blanked, place by place, and the {unit} of the true class is read again. Red places \
are those it needs: without their ink the {unit} falls. On blue ones it is surer without them. \
Any model can be asked so, but only about ink that is there: what it concludes from an empty place \
does not show, nor what it could read elsewhere too.{missing}"""


def _forest_text(look: ForestLook, title: str) -> str:
    window = "pixel" if look.window == 1 else f"window of {look.window} x {look.window} pixels"
    return f"""**What {title} uses, by two measures**, of one fitted for this on {look.n_fitted:,} \
training images without copies, which is {interval(look.accuracy)} right on the test set. \
*Impurity importance* adds up how much purer each pixel's splits made the training images. It comes \
free with the fit and shows every pixel; but it is measured on the images that were learned, also \
counts what was learned by heart, and favours pixels with many grey levels. *Permutation importance* \
exchanges one {window} among {look.n_permuted:,} test images and shows how much accuracy falls. It \
says what is needed for images not seen before; but a place whose neighbours tell the same is hardly \
missed, so a low value does not mean that it is not used, and an exchange makes images that nobody \
would write."""


def _linear_text(look: LinearLook, title: str) -> str:
    two = (
        " With two classes there is one question only: its maps are each other's negative."
        if len(look.classes) == 2
        else ""
    )
    return f"""**The weights of {title}**, of one fitted for this on {look.n_fitted:,} training images \
without copies, which is {interval(look.accuracy)} right on the test set. A class's score is the sum \
of all pixels times their weights: ink on red speaks for the class, ink on blue against it. They say \
all the model knows, for it adds up and does nothing else. But pixels that are always inked together \
share a weight in any way, so a single one means little, and pixels that hardly ever have ink keep \
whatever chance gave them.{two}"""


def _left_out(looks: tuple[ForestLook | LinearLook, ...]) -> list[str]:
    missing = [
        text
        for kind, text in (
            (ForestLook, "a forest's importances (`random_forest`)"),
            (LinearLook, "a linear model's weights (`sgd`)"),
        )
        if not any(isinstance(look, kind) for look in looks)
    ]
    if not missing:
        return []
    return [f"Left out: {' and '.join(missing)}, which no candidate of this run has."]


def robustness_report(robustness: Robustness, title: str) -> str:
    """Say what augmentation bought against each disturbance, or that there was none."""
    height, width = robustness.image_size
    drawn = f"{robustness.n_images:,} of the {robustness.n_test:,} test images"
    whole = robustness.n_images == robustness.n_test
    images = f"all {robustness.n_test:,} test images" if whole else f"{drawn}, drawn by the seed"
    return f"""{_bought(robustness, title)}

{table(_head(robustness), [_row(score, robustness) for score in _once_undisturbed(robustness)])}

Measured on {images}, {width} x {height} pixels each, the same for every row; the intervals are \
Wilson's, 95 %. Moved images lose what leaves the frame; blur and noise are normal, by their standard \
deviation. Nothing was chosen by these figures.

{_what_is_compared(robustness, title)}
"""


def _bought(robustness: Robustness, title: str) -> str:
    disturbed = [score for score in robustness.scores if score.strength]
    if not robustness.is_compared:
        return (
            f"**Nothing to compare**: with shift 0 {title} was fitted on the original images alone, so "
            "there is no model without augmentation beside it. Below is what it withstands as it is."
        )
    p_values = [(score.p_value or 0.0, _gain(score)) for score in disturbed]
    better = sum(p < SIGNIFICANT and gain > 0 for p, gain in p_values)
    worse = sum(p < SIGNIFICANT and gain < 0 for p, gain in p_values)
    n = len(disturbed)
    return (
        f"**With augmentation {title} withstands {better} of {n} disturbances better than without, and "
        f"{worse} worse**; in the other {n - better - worse} the difference is no more than chance "
        f"would give.{_extremes(disturbed)}"
    )


def _extremes(disturbed: list[Withstood]) -> str:
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


def _row(score: Withstood, robustness: Robustness) -> tuple[object, ...]:
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


def _once_undisturbed(robustness: Robustness) -> list[Withstood]:
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


def _plain(score: Withstood) -> Interval:
    """Return the score of the model without augmentation, which a comparison always has."""
    return score.plain or score.augmented


def _gain(score: Withstood) -> float:
    return score.augmented.value - _plain(score).value


def _named(score: Withstood) -> str:
    strength = f"{score.strength:g} {score.unit}"
    by_a_deviation = score.kind in {"blurred", "noisy"}
    return f"{score.kind} ({strength})" if by_a_deviation else f"{score.kind} by {strength}"
