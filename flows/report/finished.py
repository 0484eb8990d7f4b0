"""A run whose steps have all ended: what its report, its folder and its history are made of."""

from dataclasses import dataclass
from typing import Any

from engine.run.flow_run import FlowRunFacts
from engine.run.provenance import MadeWith
from engine.run.steps import StepRecord
from flows.report.asked import Asked
from flows.stages.monitoring import figures_of
from flows.stages.results import Found
from tasks.champion.records import Promotion
from tasks.monitoring.records import HistoryEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """What was asked, what was found, what became of the champion, and of what it was made.

    ``again`` is the command that makes it again on another day: it names the data that was found.
    `besides` is a dataclass of what this problem alone finds.
    """

    run: FlowRunFacts
    asked: Asked
    again: str
    results: Found
    besides: Any
    promotion: Promotion
    steps: tuple[StepRecord, ...]
    made_with: MadeWith


def entry_of(done: FinishedRun, number: int) -> HistoryEntry:
    """Return the small record that is kept of a run, the `number`-th on record."""
    found, promotion = done.results, done.promotion
    in_use = promotion.in_use
    return HistoryEntry(
        name=promotion.challenger.name,
        number=number,
        run_id=promotion.challenger.run_id,
        time=promotion.challenger.time,
        figures=figures_of(found.dataset, found.fitted, found.choice, found.evaluation),
        goal=found.evaluation.goal,
        verdict=found.evaluation.verdict,
        outcome=promotion.decision.outcome,
        champion=in_use.name if in_use else None,
        content_sha256=found.dataset.content_sha256,
        model_sha256=found.fitted.model.sha256,
        prediction_sha256=found.evaluation.prediction_sha256,
        knobs=done.asked.options,
        code=done.made_with.code,
        code_revision=done.made_with.code_revision,
        libraries=done.made_with.libraries,
        n_steps=len(done.steps),
        n_reused=sum(step.reused for step in done.steps),
    )
