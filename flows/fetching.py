"""Which data set a run stands on: the one asked for, or loudly another."""

from collections.abc import Callable
from typing import Any

from flows.config import RunConfig
from tasks.errors import SourceUnavailable
from tasks.fetch import fetch_dataset, plan_fetch
from tasks.records import Dataset


def fetch(step: Callable[..., Any], config: RunConfig) -> Dataset:
    """Fetch the data set, or with ``auto`` the bundled digits when no source of MNIST answers.

    Raises
    ------
    DataError
        If the data set is unknown or not what it claims to be.
    SourceUnavailable
        If no source answers and nothing else was allowed.
    """
    plan = plan_fetch(config.dataset, config.data_dir, config.seed)
    try:
        dataset: Dataset = step(
            "fetch", fetch_dataset, plan.wanted, plan.sources, config.fetch_deadline
        )
    except SourceUnavailable as error:
        if plan.fallback is None:
            raise
        instead = plan.fallback
        dataset = step(
            "fetch the bundled digits instead",
            fetch_dataset,
            instead.wanted,
            instead.sources,
            config.fetch_deadline,
        )
        return dataset.model_copy(update={"fallback_reason": str(error)})
    return dataset
