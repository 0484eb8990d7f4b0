"""Declare the first stages: fetch the data set, and let new images join it."""

from pathlib import Path

from engine.run.workflow import Workflow
from tasks.data.batches import find_batches
from tasks.data.fetch import FetchPlan, fetch_dataset
from tasks.data.join import join_new_images
from tasks.data.records import Dataset, NewImages
from tasks.errors import SourceUnavailable


def fetch(step: Workflow, plan: FetchPlan, deadline: float) -> Dataset:
    """Fetch the data set, or the plan's fallback when no source of the wanted one answers.

    Raises
    ------
    DataError
        If the data set is unknown or not what it claims to be.
    SourceUnavailable
        If no source answers and nothing else was allowed.
    """
    if plan.fallback is None:
        return step("fetch", fetch_dataset, plan.wanted, plan.sources, deadline)
    wanted: Dataset | SourceUnavailable = step.tolerating(SourceUnavailable)(
        "fetch", fetch_dataset, plan.wanted, plan.sources, deadline
    )
    instead = step.when(step.value(isinstance, wanted, SourceUnavailable))(
        "fetch the bundled digits instead",
        fetch_dataset,
        plan.fallback.wanted,
        plan.fallback.sources,
        deadline,
    )
    return step.value(_the_one_there_is, wanted, instead)


def join(
    step: Workflow, dataset: Dataset, folders: tuple[Path, ...]
) -> tuple[Dataset, NewImages | None]:
    """Return the data set a run learns from, and what joined it.

    Without a folder of new images it is the fetched one, by the same steps and keys.

    Raises
    ------
    DataError
        If a folder of new images is not what it should be; nothing has joined then.
    """
    if not folders:
        return dataset, None
    new = step(
        "join the new images",
        join_new_images,
        dataset.train,
        dataset.test,
        dataset.classes,
        find_batches(folders),
    )
    return step.value(with_new_images, dataset, new), new


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


def _the_one_there_is(wanted: Dataset | SourceUnavailable, instead: Dataset | None) -> Dataset:
    if isinstance(wanted, SourceUnavailable):
        assert instead is not None  # for the type checker: it was fetched on this very condition
        return instead.model_copy(update={"fallback_reason": str(wanted)})
    return wanted
