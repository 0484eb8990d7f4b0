"""What the shifts make of one image, and how many images that gives."""

from artifacts.render import RenderedReport
from artifacts.render import stored_figure as _stored
from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.data.records import TrainingSet

KEY = "0b-augmentation"
TITLE = "Augmentation: shifted copies"


def augmentation_report(training: TrainingSet) -> str:
    """Say how many images the shifts make of the training set."""
    n, variants = training.n_sources, len(training.offsets)
    if variants == 1:
        return f"No copies were added (shift 0): the {n:,} training images are used as they are.\n"
    pixels = max(abs(dx) for dx, _ in training.offsets)
    return f"""Each of the {n:,} training images is used {variants} times: as it is, and moved by \
{pixels} pixel{"s" if pixels > 1 else ""} to the left, right, up and down. That makes \
**{n * variants:,} images**. Pixels that become free are filled with background; what leaves the frame is lost.

An image and its copies are always in the same fold, and only originals are scored.
"""


@cached_task(name="draw augmentation")
def draw_augmentation(training: TrainingSet) -> RenderedReport:
    """Render one image beside its shifted copies, and the counts."""
    from artifacts.figures.images import shifted_figure

    stacked = load_array(training.stacked.images)
    variants = stacked[:: training.n_sources][: len(training.offsets)]
    copies = shifted_figure(variants, training.offsets)
    name, caption = "An image without copies", "The first training image; a frame marks its ink."
    if len(training.offsets) > 1:
        name = "An image and its copies"
        caption = (
            "The first training image beside its shifted copies; a frame marks where its ink was."
        )
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=augmentation_report(training),
        figures=(
            _stored(KEY, "copies", name, copies, caption),
        ),
    )  # fmt: skip
