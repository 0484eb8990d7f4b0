"""Fetch the data set and let the new images join it, if there are folders of them."""

from collections.abc import Callable
from typing import Any

from flows import drawing
from flows.config import RunConfig
from flows.fetching import fetch
from flows.new_images_drawing import draw_dataset_with_new_images
from flows.pending import PENDING, is_pending
from tasks.join_new_images import join_new_images
from tasks.new_images import find_batches
from tasks.records import Dataset
from tasks.records_new_images import NewImages

Step = Callable[..., Any]


def n_steps(config: RunConfig) -> int:
    """Count the steps that new images add to a run: none when no folder is named."""
    return 1 if config.new_images else 0


def fetch_and_join(step: Step, config: RunConfig) -> tuple[Dataset, NewImages | None]:
    """Return the data set a run learns from, and what joined it.

    Without a folder of new images it is the fetched one, by the same steps and keys.

    Raises
    ------
    DataError
        If a folder of new images is not what it should be; nothing has joined then.
    """
    batches = find_batches(config.new_images)
    dataset = fetch(step, config)
    if not config.new_images:
        return dataset, None
    new = step(
        "join the new images",
        join_new_images,
        dataset.train,
        dataset.test,
        dataset.classes,
        batches,
    )
    if is_pending((dataset, new)):
        return PENDING, PENDING
    return with_new_images(dataset, new), new


def with_new_images(dataset: Dataset, new: NewImages) -> Dataset:
    """Describe a data set whose training images have grown; its test set is the same."""
    counts = zip(new.counts_before, new.counts_added, strict=True)
    joined = (
        f"{new.n_added:,} new images joined the {sum(new.counts_before):,} training images; none "
        "is equal to a test image"
    )
    return dataset.model_copy(
        update={
            "train": new.train,
            "train_counts": tuple(before + added for before, added in counts),
            "content_sha256": new.content_sha256,
            "checks": (*(f"before joining: {check}" for check in dataset.checks), joined),
        }
    )


def draw_data_set(step: Step, dataset: Dataset, new: NewImages | None) -> Any:
    """Render the report on the data set, with the new images in it if there are any."""
    label = "draw the data set"
    if new is None:
        return step(label, drawing.draw_dataset, dataset)
    return step(label, draw_dataset_with_new_images, dataset, new)
