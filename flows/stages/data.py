"""Declare the first stages: fetch the data set, and let new images join it."""

from typing import Any, NamedTuple, TypeVar

from prefect import Task

from engine.run.workflow import Workflow
from flows.config import RunConfig
from tasks.class_names import ClassNames
from tasks.data.batches import find_batches
from tasks.data.class_names import class_names
from tasks.data.fetch import FetchPlan, fetch_dataset, plan_fetch
from tasks.data.join import join_new_images
from tasks.data.records import Batch, Dataset, NewImages
from tasks.errors import SourceUnavailable
from tasks.models.servable import require_served
from tasks.pixel_range import PixelRange

R = TypeVar("R")


class Planned(NamedTuple):
    """Which data a run uses, how its classes are called, and which one is asked for.

    ``new`` are the new images in the folders that are named, if any is; ``pixels`` may say their
    range.
    """

    source: FetchPlan
    names: ClassNames
    digit: int
    new: tuple[Batch, ...] | None
    pixels: PixelRange | None


def plan(config: RunConfig, *, asks_for_a_class: bool = True) -> Planned:
    """Look at the data a run asks for, before anything is computed and before any server starts.

    Raises
    ------
    DataError
        If the data set is unknown or not what it should be, or cannot serve what the run asks
        of it; then with everything that is amiss.
    """
    source = plan_fetch(config.dataset, config.data_dir, config.seed, config.pixels)
    reads_folder = any(each.kind == "folder" for each in source.sources)
    folder = config.data_dir if reads_folder else None
    names = class_names(config.class_names, folder, source.facts.classes)
    require_served(
        source.facts,
        names,
        config.specs,
        n_splits=config.n_splits,
        shift=config.shift,
        target=config.target_digit if asks_for_a_class else None,
        grows=bool(config.new_images),
    )
    digit = names.label_of(config.target_digit) or 0
    new = find_batches(config.new_images) if config.new_images else None
    return Planned(source, names, digit, new, config.pixels)


def first_or_other(  # noqa: PLR0913, PLR0917 - two places of one kind
    step: Workflow,
    labels: tuple[str, str],
    read: Task[..., R],
    first: tuple[Any, Any],
    other: tuple[Any, Any] | None,
    deadline: float,
) -> R:
    """Declare the reading of what is wanted, and of the other if no source of it answers.

    `read` takes what is wanted, its sources and a deadline in seconds.
    """
    if other is None:
        return step(labels[0], read, *first, deadline)
    wanted: R | SourceUnavailable = step.tolerating(SourceUnavailable)(
        labels[0], read, *first, deadline
    )
    instead: R | None = step.when(step.value(isinstance, wanted, SourceUnavailable))(
        labels[1], read, *other, deadline
    )
    there: R = step.value(_the_one_there_is, wanted, instead)
    return there


def fetch(step: Workflow, plan: FetchPlan, deadline: float) -> Dataset:
    """Fetch the data set, or the plan's fallback when no source of the wanted one answers.

    Raises
    ------
    DataError
        If the data set is unknown or not what it claims to be.
    SourceUnavailable
        If no source answers and nothing else was allowed.
    """
    labels, other = ("fetch", "fetch the bundled digits instead"), plan.fallback
    instead = None if other is None else (other.wanted, other.sources)
    return first_or_other(
        step, labels, fetch_dataset, (plan.wanted, plan.sources), instead, deadline
    )


def join(step: Workflow, dataset: Dataset, planned: Planned) -> tuple[Dataset, NewImages | None]:
    """Return the data set a run learns from, and what joined it.

    Without a folder of new images it is the fetched one, by the same steps and keys.

    Raises
    ------
    DataError
        If a folder of new images is not what it should be; nothing has joined then.
    """
    if planned.new is None:
        return dataset, None
    new = step(
        "join the new images",
        join_new_images,
        dataset.train,
        dataset.test,
        dataset.classes,
        planned.new,
        planned.pixels,
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


def _the_one_there_is(wanted: Any, instead: Any) -> Any:  # records with a `fallback_reason`
    if isinstance(wanted, SourceUnavailable):
        return instead.model_copy(update={"fallback_reason": str(wanted)})
    return wanted
