"""Draw two training sets beside each other, once, and store what was drawn."""

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import LabelledImages, RenderedReport
from tasks.records_drift import Drift
from tasks.store import load_array

KEY = "0c-drift"


@cached_task(name="draw drift")
def draw_drift(drift: Drift, before: LabelledImages, now: LabelledImages) -> RenderedReport:
    """Render the mean pictures, the class balance and the ink of both, without a text yet."""
    from artifacts.drift_figures import distributions_figure, mean_pictures_figure
    from tasks.drift import inks, pixel_moments

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
                distributions_figure(drift, *(inks(each) for each in images)),
                "The share of each class and the distribution of the images' mean ink, the "
                "champion's in grey and this run's in blue.",
            ),
        ),
    )  # fmt: skip
