"""Whether the training images still look like those the champion was fitted on."""

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import LabelledImages
from tasks.monitoring.records import Drift

KEY = "0c-drift"
TITLE = "Drift: the champion's training data and this run's"

NO_CHAMPION = (
    "There is nothing to compare the training images with: this data set has no champion yet, or "
    "it could not be read. The first model that meets the goal becomes the champion.\n"
)

SAME = "**No drift**: the training images are those the champion was fitted on, pixel by pixel.\n"

OTHER_SIZE = (
    "The champion was fitted on images of another size, so the two sets cannot be compared.\n"
)


def drift_report(drift: Drift, since: str) -> str:
    """Give each statistic with its limit, and warn of those beyond it.

    Parameters
    ----------
    drift : Drift
    since : str
        When the champion was fitted, an ISO 8601 time.
    """
    rows: list[tuple[object, ...]] = [
        (
            each.name,
            each.statistic,
            f"{each.value:.3f}",
            f"{each.limit:g}",
            "**over**" if each.is_over else "within",
        )
        for each in drift.statistics
    ]
    limits = "\n".join(f"- {each.name}: {each.reason}" for each in drift.statistics)
    return f"""{_verdict(drift)}

This run has {drift.n_now:,} training images, the champion of {since[:16].replace("T", " ")} had \
{drift.n_before:,}. Their mean ink is {drift.ink_now:.1f} of 255 now and was {drift.ink_before:.1f}; \
{percent(drift.outside)} of this run's images are lighter or darker than 99 % of the champion's were \
({drift.ink_range[0]:.1f} to {drift.ink_range[1]:.1f}).

{table(("what", "statistic", "value", "limit", ""), rows)}

The limits are the ones in use for each statistic:

{limits}
"""


def _verdict(drift: Drift) -> str:
    if not drift.over:
        return "**No drift**: every statistic is within its limit."
    named = ", ".join(each.name for each in drift.over)
    return (
        f"**The training data has drifted: {named}.** Look at the pictures below before you trust "
        "a model that was chosen for the earlier data; if the change is intended, the next champion "
        "will be fitted on it."
    )


@cached_task(name="draw drift")
def draw_drift(
    drift: Drift, before: LabelledImages, now: LabelledImages, names: ClassNames = NUMBERS
) -> RenderedReport:
    """Render the mean pictures, the class balance and the ink of both, without a text yet."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.drift import distributions_figure, mean_pictures_figure
    from tasks.monitoring.drift import inks, pixel_moments

    images = load_array(before.images), load_array(now.images)
    pictures = [pixel_moments(each).mean for each in images]
    return RenderedReport(
        key=KEY,
        title="",
        markdown="",
        figures=(
            stored_figure(
                KEY, "pictures", "The mean pictures", mean_pictures_figure(*pictures),
                "The mean of the champion's training images, of this run's, and where they differ: "
                "blue has more ink now, red less.",
            ),
            stored_figure(
                KEY, "distributions", "Classes and ink",
                distributions_figure(
                    drift, *(inks(each) for each in images), names=drawn_names(names, drift.classes)
                ),
                "The share of each class and the distribution of the images' mean ink, the "
                "champion's in grey and this run's in blue.",
            ),
        ),
    )  # fmt: skip
