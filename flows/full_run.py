"""The whole job, from fetch to a published verdict: ``python -m flows.full_run``."""

from datetime import datetime
from functools import partial

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from artifacts.promotion_reports import sentence
from flows.config import RunConfig
from flows.drift import look_for_drift
from flows.history import keep_entry, report_history
from flows.leaving import leave
from flows.outputs import require_outputs
from flows.plan import tell_plan
from flows.promotion import meet_champion, report_promotion
from flows.reporting import current_run, draw, publish_and_keep
from flows.room import Room
from flows.stages import Findings, find, number_of_steps
from flows.state_names import GOAL_MISSED, NOT_PROMOTED
from flows.steps import Steps
from flows.stopped import reported_if_stopped
from flows.terminal import run_from_command_line, say
from flows.workplace import opened
from tasks.promotion_records import Promotion


def started_now() -> str:
    """Name a flow run by its start until its headline figure is known."""
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"


@flow(name="full-run", flow_run_name=started_now)
def full_run(config: RunConfig) -> State[None]:
    """Classify handwritten digits, from fetch to a published verdict and a champion.

    Ends as Completed, by the name NotPromoted if the winner may not replace the champion, or as
    Failed by the name GoalMissed when the goal was required and missed.
    """
    room = Room(config.keep_runs, config.budget)
    with (
        reported_if_stopped(config, say=say) as watch,
        opened(config.store_dir, room, say=say) as log,
    ):
        require_outputs(config.output_dir)
        step = watch(Steps(total=number_of_steps(config), say=say, log=log))
        found = find(step, config)
        promotion = meet_champion(step, config, found, current_run(), say=say)
        drift = look_for_drift(step, found.dataset.train, promotion.champion, say=say)
        reports = (*draw(step, config, found), report_promotion(step, promotion), drift)
        entry, nights = report_history(step, config, found, promotion, current_run())
        keep_entry(entry)
        reports = (*reports, nights)
        publish_and_keep(config, found, promotion, reports, tuple(step.records), say=say)
    return final_state(config, found, promotion)


def final_state(config: RunConfig, found: Findings, promotion: Promotion) -> State[None]:
    """Return the state a run ends in: verdict, scores and what became of the champion.

    It is named NotPromoted where a person should look: the winner is worse than the champion,
    or was refused.
    """
    evaluation = found.evaluation
    message = (
        f"Goal {evaluation.goal:.1%} {evaluation.verdict}: accuracy "
        f"{evaluation.accuracy.value:.2%}, macro precision {evaluation.macro_precision.value:.2%}"
        f", macro recall {evaluation.macro_recall.value:.2%}. {sentence(promotion)}"
    )
    if config.require_goal and evaluation.verdict == "missed":
        return Failed(name=GOAL_MISSED, message=message)
    if config.promote and promotion.decision.outcome in {"worse, champion kept", "refused"}:
        return Completed(name=NOT_PROMOTED, message=message)
    return Completed(message=message)


if __name__ == "__main__":
    leave(run_from_command_line(full_run, partial(tell_plan, say=say)))
