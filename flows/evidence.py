"""The evidence beyond the scores: what is measured for it and how it is drawn.

Everything here comes after the choices have been frozen. It looks at the test set and at
out-of-fold scores and decides nothing: no candidate, no threshold, no verdict.
"""

from typing import Any

from flows import evidence_drawing as drawing
from flows.behaviour import Behaviour, draw_behaviour, observe_behaviour
from flows.behaviour import number_of_steps as behaviour_steps
from flows.config import RunConfig
from tasks.every_class import measure_every_class
from tasks.mistakes import study_mistakes
from tasks.records import Dataset, Evaluation, FittedModel, OutOfFold, Record
from tasks.records_evidence import EveryClass, Mistakes, Sureness
from tasks.sureness import measure_sureness


class Evidence(Record):
    """What was measured beyond the scores; in a plan some of it is `PENDING`."""

    every_class: EveryClass
    sureness: Sureness
    mistakes: Mistakes
    behaviour: Behaviour


def number_of_steps(config: RunConfig) -> int:
    """Count the steps of the evidence: 3 that measure, 3 that draw, and those of behaviour."""
    return 6 + behaviour_steps(config)


def gather_evidence(  # noqa: PLR0913, PLR0917 - all that the stages found
    step: Any,
    config: RunConfig,
    dataset: Dataset,
    winner: OutOfFold,
    fitted: FittedModel,
    evaluation: Evaluation,
) -> Evidence:
    """Measure what the winner is sure of, looks at and withstands."""
    every_class = step(
        "every class of the winner",
        measure_every_class,
        winner,
        dataset.train.labels,
        config.n_splits,
        config.target_precision,
        config.cost_false_alarm,
        config.cost_miss,
    )
    sureness = step(
        "how sure the winner is",
        measure_sureness,
        winner.candidate,
        winner,
        dataset.train.labels,
        evaluation.scores,
        dataset.test.labels,
    )
    mistakes = step(
        "mistakes and their neighbours",
        study_mistakes,
        evaluation.scores,
        evaluation.classes,
        dataset.test,
        dataset.train,
    )
    return Evidence.model_construct(
        every_class=every_class,
        sureness=sureness,
        mistakes=mistakes,
        behaviour=observe_behaviour(step, config, dataset, fitted),
    )


def draw_evidence(  # noqa: PLR0913, PLR0917 - all that is shown of the evidence
    step: Any,
    config: RunConfig,
    dataset: Dataset,
    evaluation: Evaluation,
    evidence: Evidence,
    title: str,
) -> tuple[Any, ...]:
    """Render the evidence, one report a question."""
    return (
        step("draw every class", drawing.draw_every_class, evidence.every_class, title),
        step(
            "draw how sure it is",
            drawing.draw_sureness,
            evidence.sureness,
            evaluation.scores,
            dataset.test.labels,
            evaluation.classes,
            title,
        ),
        step(
            "draw the mistakes",
            drawing.draw_mistakes,
            evidence.mistakes,
            evaluation.confusion,
            evaluation.classes,
            evaluation.predictions,
            dataset.test,
            dataset.train,
            title,
        ),
        *draw_behaviour(step, config, dataset, evidence.behaviour, title),
    )
