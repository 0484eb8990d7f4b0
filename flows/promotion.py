"""A run meets the champion: compared on the same test images, then promoted or not.

Comparing is a cached step like any other. Promoting is none: it is done by the run
that decides it, after the model was opened and asked in a fresh process.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from typing import Any
from uuid import UUID

from artifacts.promotion_reports import promotion_report
from flows.champion_store import ChampionError, crown, read_champion, read_standing
from flows.config import RunConfig
from flows.pending import PENDING, is_pending
from flows.promotion_drawing import draw_promotion
from flows.reporting import FlowRunFacts
from flows.sealed_file import write_sealed
from flows.smoke_test import failure_of
from flows.stages import Findings
from flows.steps import Steps, duration
from tasks.errors import PlainError
from tasks.location import store_root
from tasks.promote import compare_with_champion, decide
from tasks.promotion_records import Champion, Comparison, Decision, Promotion
from tasks.records import RenderedFigure, RenderedReport

KEY = "6-champion"
RECORDED_LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib")


def meet_champion(
    step: Steps,
    config: RunConfig,
    found: Findings,
    run: FlowRunFacts,
    *,
    say: Callable[[str], None],
) -> Promotion:
    """Compare a run's winner with the champion and, if it is proven better, promote it.

    Nothing that is wrong with the champion ends the run: it is said, and the champion stays.
    """
    challenger = challenger_of(found, run)
    try:
        champion, standing = read_champion(), read_standing()
    except ChampionError as error:
        decision = Decision(outcome="refused", reason=str(error))
        return Promotion(challenger=challenger, champion=None, comparison=None, decision=decision)
    comparison = compare(step, challenger, champion)
    decision = decide(
        challenger,
        champion,
        comparison,
        taken_back=standing.models_taken_back,
        fallback_reason=found.dataset.fallback_reason,
    )
    if decision.moves:
        decision = _move(challenger, decision, say) if config.promote else _left_alone(decision)
    return Promotion(
        challenger=challenger, champion=champion, comparison=comparison, decision=decision
    )


def challenger_of(found: Findings, run: FlowRunFacts) -> Champion:
    """Return what would become the champion, were this run to promote."""
    started = run.started.astimezone(UTC)  # the same on every machine
    return Champion(
        name=f"{started:%Y-%m-%dT%H-%M-%S}-{str(run.id)[:8]}",
        run_id=str(run.id),
        time=run.started.isoformat(timespec="seconds"),
        dataset_name=found.dataset.name,
        dataset_title=found.dataset.title,
        content_sha256=found.dataset.content_sha256,
        train=found.dataset.train,
        test=found.dataset.test,
        fitted=found.fitted,
        choice=found.choice,
        evaluation=found.evaluation,
        libraries={name: metadata.version(name) for name in RECORDED_LIBRARIES},
    )


def compare(step: Any, challenger: Champion, champion: Champion | None) -> Comparison | None:
    """Set challenger and champion side by side; None if there is nothing to compare.

    In a plan the challenger may be `PENDING`, and with it the comparison.
    """
    if champion is None or _is_settled(challenger, champion):
        return None
    step.total += 2  # this one, and its pictures
    same_kind = is_pending(challenger) or (
        challenger.fitted.candidate.name == champion.fitted.candidate.name
    )
    comparison: Comparison = step(
        "compare with the champion",
        compare_with_champion,
        challenger.evaluation.predictions,
        challenger.evaluation.scores,
        classes=challenger.evaluation.classes,
        champions_predictions=champion.evaluation.predictions,
        # one kind of model's threshold means nothing on another kind's scores
        champions_choice=champion.choice if same_kind else None,
        labels=champion.test.labels,
    )
    return comparison


def report_promotion(step: Any, promotion: Promotion) -> RenderedReport:
    """Write the promotion report; only pictures are drawn by a step, and only if there are any.

    The text names this run, so it is new every night; it takes no time to write.
    """
    champion, comparison = promotion.champion, promotion.comparison
    figures = draw_pictures(step, promotion.challenger, champion, comparison)
    return RenderedReport(
        key=KEY,
        title=f"6. The champion: {promotion.decision.outcome}",
        markdown=promotion_report(promotion),
        figures=figures,
    )


def draw_pictures(
    step: Any, challenger: Champion, champion: Champion | None, comparison: Comparison | None
) -> tuple[RenderedFigure, ...]:
    """Draw what differs between two models; nothing where nothing was compared."""
    if champion is None or comparison is None:
        return ()
    drawn: RenderedReport = step(
        "draw the promotion",
        draw_promotion,
        comparison,
        champion.evaluation,
        challenger.evaluation,
        champion.test,
    )
    return drawn.figures


def plan_meeting(step: Any, found: Findings) -> tuple[Any, Champion | None, Any]:
    """Walk the comparison in a plan, where there is no run and perhaps no challenger yet.

    Returns
    -------
    challenger, champion, comparison
        What `draw_pictures` takes.
    """
    try:
        champion = read_champion()
    except ChampionError:
        champion = None
    waiting = is_pending((found.dataset, found.fitted, found.evaluation))
    nobody = FlowRunFacts(UUID(int=0), datetime.now(UTC))
    challenger = PENDING if waiting else challenger_of(found, nobody)
    return challenger, champion, compare(step, challenger, champion)


def _is_settled(challenger: Champion, champion: Champion) -> bool:
    if is_pending(challenger):
        return False
    return challenger.test != champion.test or challenger.is_same_model_as(champion)


def _move(challenger: Champion, decision: Decision, say: Callable[[str], None]) -> Decision:
    start = time.perf_counter()
    record = store_root() / "challenger.json"
    try:
        write_sealed(record, challenger)
        failure = failure_of(record)
        if failure is not None:
            return Decision(outcome="refused", reason=f"The smoke test failed: {failure}")
        crown(challenger)
        record.unlink(missing_ok=True)
    except PlainError as error:
        return Decision(outcome="refused", reason=str(error))
    seconds = duration(time.perf_counter() - start)
    say(f"{decision.outcome}: its model was opened and asked in a fresh process, {seconds}")
    return decision


def _left_alone(decision: Decision) -> Decision:
    return Decision(
        outcome="refused",
        reason=f"This run was told to leave the champion alone (--no-promote); it would have been "
        f"the outcome '{decision.outcome}'. {decision.reason}",
    )
