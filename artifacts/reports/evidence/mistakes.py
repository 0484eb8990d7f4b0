"""The mistakes as images, their nearest training images, and labels in doubt."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import as_text, named, percent
from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import LabelledImages
from tasks.evaluation.resolution import fewest_disagreements
from tasks.evidence.records import Mistakes
from tasks.models.records import Matrix

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

KEY = "5c-mistakes"
TITLE = "The mistakes, one by one"


def mistakes_report(mistakes: Mistakes, title: str, names: ClassNames = NUMBERS) -> str:
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
the nearest training image has the wrong class too, so a nearest-neighbour model would \
make the same mistake.

{_suspects(mistakes, names)}
{_provable(mistakes)}

The margin is the score of the predicted class minus that of the true class; nearest means \
the smallest Euclidean distance of the pixels, among the training images without shifted copies. No label was \
changed and no image left out of any score.
"""


def _suspects(mistakes: Mistakes, names: ClassNames) -> str:
    if not mistakes.suspected:
        return "No test label is in doubt by the rule used here.\n"
    by_index = {each.index: each for each in mistakes.studied}
    doubts = "\n".join(
        f"- test image {at:,}, labelled {named(names, by_index[at].true)}, is rather "
        f"{named(names, by_index[at].predicted)}: {as_text(reason)}"
        for at, reason in mistakes.suspected
    )
    count = len(mistakes.suspected)
    return f"""**{count} label{"s are" if count > 1 else " is"} in doubt**: the model and at least all but \
one of the nearest training images agree on another class, and none of them has the published one. \
That is a suspicion to look at, not a finding: a rare way of writing a digit looks the same.

{doubts}

Test images are counted from 0.
"""


def _provable(mistakes: Mistakes) -> str:
    """Say the smallest gain that this test set can prove, labels in doubt left aside."""
    needed = fewest_disagreements()
    left = mistakes.n_wrong - len(mistakes.suspected)
    others = "mistakes" if not mistakes.suspected else "mistakes whose label is not in doubt"
    if left < needed:
        return (
            f"No further gain can be proven on these test images: by McNemar's exact test at 5 % it takes "
            f"{needed} images newly right and none newly wrong, and there are {left} {others}."
        )
    return (
        f"The smallest gain that can be proven from here is {needed} images, "
        f"{100 * needed / mistakes.n_test:.2f} points: {needed} of the {left:,} {others} put right and no "
        "other image newly wrong, by McNemar's exact test at 5 %."
    )


N_HARDEST = 24


@cached_task(name="draw mistakes")
def draw_mistakes(  # noqa: PLR0913, PLR0917 - pictures of the images themselves need them all
    mistakes: Mistakes,
    confusion: Matrix,
    classes: tuple[int, ...],
    predictions: ArrayRef,
    test: LabelledImages,
    train: LabelledImages,
    title: str,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render the hardest mistakes, the error grid as images, neighbours and doubtful labels."""
    from artifacts.figures.class_names import drawn_name
    from artifacts.figures.mistakes import N_SHOWN, error_images_figure, suspects_figure

    called = partial(drawn_name, names)
    images = load_array(test.images)
    places = {at for at, _ in mistakes.suspected[:N_SHOWN]}
    suspects = tuple(each for each in mistakes.studied if each.index in places)
    examples = {
        (each.true, each.predicted): images[each.index] for each in reversed(mistakes.studied)
    }
    means = _means(images, load_array(test.labels), load_array(predictions), classes)
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=mistakes_report(mistakes, title, names),
        figures=(
            stored_figure(
                KEY, "hardest", "The hardest mistakes", _hardest(mistakes, images, called),
                "The test images whose wrong class leads the true one by most, with the margin "
                "and the class of the second highest score.",
            ),
            stored_figure(
                KEY, "error-grid", "What is taken for what",
                error_images_figure(confusion, classes, examples, means, called),
                "A row for each true class, a column for each predicted one: the hardest mistake "
                "of every cell and their number; on the diagonal the mean of the right ones.",
            ),
            stored_figure(
                KEY, "neighbours", "The nearest training images",
                _neighbours(mistakes, images, train, called),
                "Hard mistakes, each beside the five training images nearest to it; blue ones "
                "have the true label, orange ones the predicted one.",
            ),
            stored_figure(
                KEY, "suspects", "Labels in doubt",
                suspects_figure(suspects, images[[each.index for each in suspects]], called),
                "Test images whose published label neither the model nor the nearest training "
                "images support.",
            ),
        ),
    )  # fmt: skip


def _hardest(mistakes: Mistakes, images: "np.ndarray", called: Callable[[int], str]) -> "Figure":
    import numpy as np

    from artifacts.figures.images import mistakes_figure

    worst = mistakes.studied[:N_HARDEST]
    columns = [
        [each.true for each in worst],
        [each.predicted for each in worst],
        [each.margin for each in worst],
        [each.runner_up for each in worst],
    ]
    return mistakes_figure(
        images[[each.index for each in worst]], *map(np.asarray, columns), called=called
    )


def _neighbours(
    mistakes: Mistakes, images: "np.ndarray", train: LabelledImages, called: Callable[[int], str]
) -> "Figure":
    import numpy as np

    from artifacts.figures.mistakes import N_SHOWN, neighbours_figure

    worst = mistakes.studied[:N_SHOWN]
    nearest = np.array([each.neighbours for each in worst], dtype=np.int64)
    return neighbours_figure(
        worst, images[[each.index for each in worst]], load_array(train.images)[nearest], called
    )


def _means(
    images: "np.ndarray", labels: "np.ndarray", predicted: "np.ndarray", classes: tuple[int, ...]
) -> "dict[int, np.ndarray]":
    """Return the mean of the rightly classified images of each class that has any."""
    right = {label: (labels == label) & (predicted == label) for label in classes}
    return {label: images[own].mean(axis=0) for label, own in right.items() if own.any()}
