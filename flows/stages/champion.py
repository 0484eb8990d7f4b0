"""Compare a run's winner with the champion, and promote it if it is proven better.

Comparing and deciding are declared like any other stage. Putting a model into use is no step:
it is done by the run that decides it, after the model was opened and asked in a fresh process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from importlib import metadata

from artifacts.render import RenderedReport
from artifacts.reports.champion import KEY, TITLE, draw_promotion, promotion_report
from engine.errors import PlainError
from engine.run.display import duration
from engine.run.flow_run import FlowRunFacts
from engine.run.workflow import Workflow
from engine.store.location import store_root
from engine.store.sealed import write_sealed
from flows.stages.results import Found
from tasks.champion.promote import compare_with_champion, decide
from tasks.champion.records import Champion, Comparison, Decision, Outcome, Promotion
from tasks.champion.smoke_test import failure_of
from tasks.champion.store import ChampionError, crown, read_champion, read_standing
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import Dataset
from tasks.evaluation.records import Evaluation
from tasks.models.records import FittedModel, Labelled, OutOfFold
from tasks.pixel_range import PixelRange
from tasks.selection.records import ThresholdChoice

RECORDED_LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib")


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The champion when a run begins; `problem` says why it cannot be read, if so.

    `taken_back` are the digests of models that a person has rolled back from.
    """

    champion: Champion | None
    problem: str | None = None
    taken_back: frozenset[str] = frozenset()


def read_incumbent(dataset: str) -> Incumbent:
    """Read the champion of a data set; nothing that is wrong with it ends a run."""
    try:
        standing = read_standing(dataset)
        return Incumbent(read_champion(dataset), taken_back=standing.models_taken_back)
    except ChampionError as error:
        return Incumbent(None, str(error))


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a run means for the champion, and the pictures of what differs between the two."""

    promotion: Promotion
    pictures: RenderedReport | None


def meet_champion(
    step: Workflow, of: Found, incumbent: Incumbent, run: FlowRunFacts, *, may_move: bool
) -> Meeting:
    """Declare the comparison of a run's winner with the champion, and what follows from it."""
    challenger = step.value(
        challenger_of,
        of.dataset,
        of.fitted,
        of.choice,
        of.evaluation,
        of.winner,
        run=run,
        names=of.names,
        pixel_range=of.pixel_range,
    )
    comparison, pictures = None, None
    champion = incumbent.champion
    if champion is not None:
        differ = step.value(can_be_compared, champion, of.dataset.test, of.fitted, of.evaluation)
        comparison = step.when(differ)(
            "compare with the champion",
            compare_with_champion,
            of.evaluation.predictions,
            of.evaluation.scores,
            classes=of.evaluation.classes,
            champions_predictions=champion.evaluation.predictions,
            champions_choice=step.value(choice_for, champion, of.fitted),
            labels=champion.test.labels,
        )
        pictures = step.when(differ)(
            "draw the promotion",
            draw_promotion,
            comparison,
            champion.evaluation,
            of.evaluation,
            champion.test,
            of.names,
        )
    promotion = step.value(
        _promotion, challenger, incumbent, comparison, of.dataset.fallback_reason
    )
    return Meeting(promotion if may_move else step.value(left_alone, promotion), pictures)


def challenger_of(  # noqa: PLR0913 - all that a champion is made of
    dataset: Dataset,
    fitted: FittedModel,
    choice: ThresholdChoice,
    evaluation: Evaluation,
    out_of_fold: OutOfFold,
    *,
    run: FlowRunFacts,
    names: ClassNames = NUMBERS,
    pixel_range: PixelRange | None = None,
) -> Champion:
    """Return what would become the champion, were this run to promote."""
    started = run.started.astimezone(UTC)
    return Champion(
        name=f"{started:%Y-%m-%dT%H-%M-%S}-{str(run.id)[:8]}",
        run_id=str(run.id),
        time=run.started.isoformat(timespec="seconds"),
        dataset_name=dataset.name,
        dataset_title=dataset.title,
        content_sha256=dataset.content_sha256,
        train=dataset.train,
        test=dataset.test,
        fitted=fitted,
        choice=choice,
        evaluation=evaluation,
        out_of_fold=out_of_fold,
        names=names,
        pixel_range=pixel_range,
        libraries={name: metadata.version(name) for name in RECORDED_LIBRARIES},
    )


def can_be_compared(
    champion: Champion, test: Labelled, fitted: FittedModel, evaluation: Evaluation
) -> bool:
    """Whether two models differ and were judged on the same test images."""
    is_same_model = (
        champion.model_sha256 == fitted.model.sha256
        or champion.evaluation.scores == evaluation.scores
    )
    return champion.test == test and not is_same_model


def choice_for(champion: Champion, fitted: FittedModel) -> ThresholdChoice | None:
    """Return the champion's threshold, unless the winner is another kind of model.

    One kind of model's threshold means nothing on another kind's scores.
    """
    is_same_kind = champion.fitted.candidate.name == fitted.candidate.name
    return champion.choice if is_same_kind else None


def _promotion(
    challenger: Champion,
    incumbent: Incumbent,
    comparison: Comparison | None,
    fallback_reason: str | None,
) -> Promotion:
    if incumbent.problem is not None:
        decision = Decision(outcome=Outcome.REFUSED, reason=incumbent.problem)
    else:
        decision = decide(
            challenger,
            incumbent.champion,
            comparison,
            taken_back=incumbent.taken_back,
            fallback_reason=fallback_reason,
        )
    return Promotion(
        challenger=challenger,
        champion=incumbent.champion,
        comparison=comparison,
        decision=decision,
    )


def left_alone(promotion: Promotion) -> Promotion:
    """Return what becomes of a promotion in a run that may not move the champion."""
    decision = promotion.decision
    if not decision.moves:
        return promotion
    refused = Decision(
        outcome=Outcome.REFUSED,
        reason=f"This run was told to leave the champion alone (--no-promote); it would have been "
        f"the outcome '{decision.outcome}'. {decision.reason}",
    )
    return promotion.model_copy(update={"decision": refused})


def carry_out(promotion: Promotion, *, say: Callable[[str], None]) -> Promotion:
    """Put the challenger into use if that was decided; return what came of it.

    Its model is opened and asked in a fresh process first; one that fails is refused.
    """
    if not promotion.decision.moves:
        return promotion
    start = time.perf_counter()
    failure = _put_into_use(promotion.challenger)
    if failure is not None:
        refused = Decision(outcome=Outcome.REFUSED, reason=failure)
        return promotion.model_copy(update={"decision": refused})
    seconds = duration(time.perf_counter() - start)
    say(
        f"{promotion.decision.outcome}: its model was opened and asked in a fresh process, "
        f"{seconds}"
    )
    return promotion


def report_promotion(promotion: Promotion, pictures: RenderedReport | None) -> RenderedReport:
    """Write the promotion report around the pictures that were drawn, if any were.

    The text names this run, so it is new every night; it takes no time to write.
    """
    return RenderedReport(
        key=KEY,
        title=f"{TITLE}: {promotion.decision.outcome}",
        markdown=promotion_report(promotion),
        figures=pictures.figures if pictures else (),
    )


def _put_into_use(challenger: Champion) -> str | None:
    record = store_root() / "challenger.json"
    try:
        write_sealed(record, challenger)
        failure = failure_of(record)
        if failure is not None:
            return f"The smoke test failed: {failure}"
        crown(challenger)
        record.unlink(missing_ok=True)
    except PlainError as error:
        return str(error)
    return None
