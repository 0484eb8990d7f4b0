"""Draw the report on a data set that new images have joined."""

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import Dataset, RenderedReport
from tasks.records_new_images import NewImages
from tasks.store import load_array

KEY = "0a-dataset"


@cached_task(name="draw data set with new images")
def draw_dataset_with_new_images(dataset: Dataset, new: NewImages) -> RenderedReport:
    """Render samples and class counts of the whole training set, and of what joined it."""
    from artifacts.image_figures import sample_grid_figure
    from artifacts.new_images_reports import new_images_report
    from artifacts.reports import dataset_report
    from artifacts.score_figures import class_counts_figure

    classes = dataset.classes
    samples = sample_grid_figure(
        load_array(dataset.train.images), load_array(dataset.train.labels), classes
    )
    counts = class_counts_figure(dataset.train_counts, dataset.test_counts, classes)
    figures = [
        stored_figure(KEY, "samples", "Samples of every class", samples,
                      f"The first training images of each of the {len(classes)} classes."),
        stored_figure(KEY, "class-counts", "Class balance", counts,
                      "The share of each class in the training and in the test set."),
    ]  # fmt: skip
    if new.n_added:
        present = tuple(c for c, n in zip(classes, new.counts_added, strict=True) if n)
        added = sample_grid_figure(
            load_array(new.added.images), load_array(new.added.labels), present,
            "The first new images of each class that they show",
        )  # fmt: skip
        figures.append(
            stored_figure(KEY, "new-images", "Samples of the new images", added,
                          "The first new images of each class that they show.")
        )  # fmt: skip
    return RenderedReport(
        key=KEY,
        title="The data set",
        markdown=f"{dataset_report(dataset)}\n{new_images_report(new)}",
        figures=tuple(figures),
    )
