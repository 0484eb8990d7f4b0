"""Which images a run uses, where they came from, how they were checked, and what joined them."""

from artifacts.render import RenderedReport, stored_figure
from artifacts.text import as_text, named, percent, table
from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import Dataset, NewImages, Overlap

KEY = "0a-dataset"
TITLE = "The data set"

MOST_SHOWN = 10


def new_images_report(new: NewImages, names: ClassNames = NUMBERS) -> str:
    """Count the new images, set their class balance beside the old one, name duplicates."""
    n_before = sum(new.counts_before)
    if not new.batches:
        return f"### New images\n\nNone yet: the {n_before:,} training images are as they were.\n"
    read = [(as_text(each.place), f"{each.n_read:,}", f"{each.n_joined:,}") for each in new.batches]
    rows: list[tuple[object, ...]] = [
        (
            named(names, label),
            f"{before:,}",
            percent(before / n_before, 1),
            f"{added:,}",
            percent(added / new.n_added, 1) if new.n_added else "-",
        )
        for label, before, added in zip(
            new.classes, new.counts_before, new.counts_added, strict=True
        )
    ]
    return f"""### New images

**{new.n_added:,} new images** were added after the {n_before:,} training images from before. They \
are in the training set only; none of them is equal to a test image.

{table(("from", "read", "joined"), [*read])}
{_unlabelled(new)}
{table(("class", "before", "share", "new", "share"), rows)}
{_duplicates(new)}"""


def _unlabelled(new: NewImages) -> str:
    n = sum(each.n_unlabelled for each in new.batches)
    return f"\n{n:,} images have no label yet and were passed over.\n" if n else ""


def _duplicates(new: NewImages) -> str:
    if not new.n_duplicates:
        return ""
    shown = "\n".join(f"- {as_text(name)}" for name in new.duplicates[:MOST_SHOWN])
    more = new.n_duplicates - MOST_SHOWN
    rest = f"\n- and {more:,} more" if more > 0 else ""
    return f"""
{new.n_duplicates:,} equal an earlier image, pixel by pixel, and were left out; the earlier label is \
kept:

{shown}{rest}
"""


def dataset_report(dataset: Dataset, names: ClassNames = NUMBERS) -> str:
    """Say which images a run uses, where they came from and how they were checked."""
    height, width = dataset.train.images.shape[1:]
    counts = zip(dataset.classes, dataset.train_counts, dataset.test_counts, strict=True)
    n_train, n_test = dataset.train.n_images, dataset.test.n_images
    rows: list[tuple[object, ...]] = [
        (
            named(names, label),
            f"{train:,}",
            percent(train / n_train, 1),
            f"{test:,}",
            percent(test / n_test, 1),
        )
        for label, train, test in counts
    ]
    warning = (
        f"> **This is not MNIST.** {as_text(dataset.fallback_reason)}\n\n"
        if dataset.fallback_reason
        else ""
    )
    checks = "\n".join(f"- {as_text(check)}" for check in dataset.checks)
    return f"""{warning}**{as_text(dataset.title)}**: {n_train:,} training and {n_test:,} test images of \
{width} x {height} pixels in {len(dataset.classes)} classes, from {as_text(dataset.source)}.

Content sha256 `{dataset.content_sha256}`

{checks}

{table(("class", "training", "share", "test", "share"), rows)}
"""


def overlap_report(dataset: Dataset, overlap: Overlap) -> str:
    """Say how many images are equal or nearly equal, and which of them were left out."""
    n_train, n_test = dataset.train.n_images, dataset.test.n_images
    left = (
        f"**{dataset.n_left_out:,} training images equal a test image, pixel by pixel, and were left "
        "out**: a model that has seen them cannot be tested by them. The test set is as it was."
        if dataset.n_left_out
        else "No training image equals a test image, pixel by pixel."
    )
    otherwise = (
        f", {overlap.n_doubled_otherwise:,} of them with another label"
        if overlap.n_doubled_otherwise
        else ""
    )
    rows: list[tuple[object, ...]] = [
        (f"training images that equal an earlier one{otherwise}", f"{overlap.n_doubled_train:,}"),
        ("test images that equal an earlier one", f"{overlap.n_doubled_test:,}"),
        ("test images nearly equal to a training image", f"{overlap.n_test_near_train:,}"),
        ("training images nearly equal to another", f"{overlap.n_train_near_train:,}"),
    ]
    return f"""### Equal images

{left}

{table((f"of {n_train:,} training and {n_test:,} test images", "images"), rows)}

These stay where they are. Nearly equal means: the root mean square of the differences of the pixels \
is at most {overlap.near_levels:g} grey levels of 255, and not 0. Doubled training images may be in \
two folds, so the out-of-fold scores may be a little too good.
"""


@cached_task(name="draw data set")
def draw_dataset(
    dataset: Dataset,
    new: NewImages | None = None,
    overlap: Overlap | None = None,
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render samples of every class, the class counts, the checks made, and what joined the set."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.images import sample_grid_figure
    from artifacts.figures.scores import class_counts_figure

    classes = dataset.classes
    samples = sample_grid_figure(
        load_array(dataset.train.images),
        load_array(dataset.train.labels),
        classes,
        names=drawn_names(names, classes),
    )
    counts = class_counts_figure(
        dataset.train_counts, dataset.test_counts, drawn_names(names, classes)
    )
    figures = [
        stored_figure(KEY, "samples", "Samples of every class", samples,
                      f"The first training images of each of the {len(classes)} classes."),
        stored_figure(KEY, "class-counts", "Class balance", counts,
                      "The share of each class in the training and in the test set."),
    ]  # fmt: skip
    if new is not None and new.n_added:
        present = tuple(c for c, n in zip(classes, new.counts_added, strict=True) if n)
        caption = "The first new images of each class that they show"
        added = sample_grid_figure(
            load_array(new.added.images),
            load_array(new.added.labels),
            present,
            caption,
            names=drawn_names(names, present),
        )
        figures.append(
            stored_figure(KEY, "new-images", "Samples of the new images", added, f"{caption}.")
        )
    equal = "" if overlap is None else f"\n{overlap_report(dataset, overlap)}"
    joined = "" if new is None else f"\n{new_images_report(new, names)}"
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=f"{dataset_report(dataset, names)}{equal}{joined}",
        figures=tuple(figures),
    )
