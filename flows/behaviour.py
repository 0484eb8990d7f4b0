"""What the winner looks at and what it withstands, beside models that show what they use.

Like all evidence this comes after the choices and decides nothing.
"""

from typing import Any

from flows import behaviour_drawing as drawing
from flows.config import RunConfig
from flows.pending import PENDING, is_pending
from tasks.extra_fits import shows_what_it_uses, without_augmentation
from tasks.looking import look_into_forest, look_into_linear_model, measure_occlusion
from tasks.records import CandidateSpec, Dataset, FittedModel, Record
from tasks.records_behaviour import ForestLook, LinearLook, Occlusion, Robustness
from tasks.refit import refit
from tasks.robustness import measure_robustness, originals

_LOOKS = {"random_forest": look_into_forest, "sgd": look_into_linear_model}


class Behaviour(Record):
    """How the models behave; in a plan some of it is `PENDING`."""

    occlusion: Occlusion
    looks: tuple[ForestLook | LinearLook, ...]
    robustness: Robustness


def inspected(config: RunConfig) -> tuple[CandidateSpec, ...]:
    """Return the candidates that say themselves what they use."""
    return tuple(spec for spec in config.specs if shows_what_it_uses(spec))


def number_of_steps(config: RunConfig) -> int:
    """Count the steps: 3 that measure, 2 that draw, and one for each model looked into."""
    return 5 + len(inspected(config))


def observe_behaviour(
    step: Any, config: RunConfig, dataset: Dataset, fitted: FittedModel
) -> Behaviour:
    """Measure what the winner looks at, and what its augmentation bought."""
    occlusion = step(
        "what the winner looks at", measure_occlusion, fitted, dataset.test, config.n_jobs
    )
    looks = tuple(
        step(
            f"what {spec.title} uses",
            _LOOKS[spec.builder],
            spec,
            dataset.train,
            dataset.test,
            config.seed,
            config.n_jobs,
        )
        for spec in inspected(config)
    )
    robustness = step(
        "what the shifts bought",
        measure_robustness,
        fitted,
        fit_without_augmentation(step, config, dataset, fitted),
        dataset.test,
        config.shift,
        config.seed,
        config.n_jobs,
    )
    return Behaviour.model_construct(occlusion=occlusion, looks=looks, robustness=robustness)


def fit_without_augmentation(
    step: Any, config: RunConfig, dataset: Dataset, fitted: FittedModel
) -> FittedModel:
    """Fit the winner on the originals alone; reused where it was fitted on them anyway."""
    unaided = is_pending((dataset, fitted))
    fitted_plainly: FittedModel = step(
        "refit without augmentation",
        refit,
        PENDING if unaided else without_augmentation(fitted.candidate),
        PENDING if unaided else originals(dataset.train),
        config.seed,
        config.n_jobs,
    )
    return fitted_plainly


def draw_behaviour(
    step: Any, config: RunConfig, dataset: Dataset, behaviour: Behaviour, title: str
) -> tuple[Any, ...]:
    """Render what the models look at and what the augmentation bought."""
    titles = tuple(spec.title for spec in inspected(config))
    return (
        step(
            "draw what it looks at",
            drawing.draw_looks,
            behaviour.occlusion,
            behaviour.looks,
            title,
            titles,
        ),
        step(
            "draw what the shifts bought",
            drawing.draw_robustness,
            behaviour.robustness,
            dataset.test,
            title,
        ),
    )
