"""The evidence beyond the scores: what is measured for it and how it is drawn.

Everything here comes after the choices have been frozen. It looks at the test set and at
out-of-fold scores and decides nothing: no candidate, no threshold, no verdict.
"""

from typing import Any

from flows import evidence_drawing as drawing
from flows.config import RunConfig
from tasks.every_class import measure_every_class
from tasks.mistakes import study_mistakes
from tasks.records import Dataset, Evaluation, OutOfFold, Record
from tasks.records_evidence import EveryClass, Mistakes, Sureness
from tasks.sureness import measure_sureness

N_STEPS = 6


class Evidence(Record):
    """What was measured beyond the scores; in a plan some of it is `PENDING`."""

    every_class: EveryClass
    sureness: Sureness
    mistakes: Mistakes


def gather_evidence(
    step: Any,
    config: RunConfig,
    dataset: Dataset,
    winner: OutOfFold,
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
    return Evidence.model_construct(every_class=every_class, sureness=sureness, mistakes=mistakes)


def draw_evidence(
    step: Any, dataset: Dataset, evaluation: Evaluation, evidence: Evidence, title: str
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
    )
