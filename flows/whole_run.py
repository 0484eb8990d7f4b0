"""A whole run of any problem: its declared steps are run, published and judged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, TypeVar

from prefect import Flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from artifacts.render import RenderedReport
from artifacts.reports.champion import sentence
from engine.cli.command import command_line_of
from engine.cli.terminal import run_from_command_line, say
from engine.run.exit import leave
from engine.run.flow_run import FlowRunFacts, current_run, nobodys_run
from engine.run.plan import tell_plan
from engine.run.provenance import made_with
from engine.run.selection import Selection
from engine.run.workflow import Step, Workflow, needed_by, steps_behind
from engine.store.location import store_at
from flows.command_line import CommandLine
from flows.config import OPTIONS
from flows.report.files import require_outputs
from flows.report.finished import FinishedRun, entry_of
from flows.report.publish import publish_and_keep, publish_part
from flows.report.stopped import reported_if_stopped
from flows.session import ask_for, run_session
from flows.spam.config import SpamCommand
from flows.stages import champion, monitoring
from flows.stages.results import Found
from flows.states import GOAL_MISSED, NOT_PROMOTED
from flows.workflow_config import WorkflowConfig
from tasks.champion.records import Outcome, Promotion
from tasks.evaluation.records import Evaluation


@dataclass(frozen=True, slots=True)
class Stages:
    """What a problem finds out and shows.

    `besides` is a dataclass of what it alone finds; `drift` is None where none is measured.
    """

    found: Found
    besides: Any
    reports: tuple[RenderedReport, ...]
    drift: monitoring.DriftReport | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A whole run: its stages, and what they mean for the champion and the history."""

    stages: Stages
    meeting: champion.Meeting
    nights: RenderedReport | None


Config = TypeVar("Config", bound=WorkflowConfig)
Command = TypeVar("Command", CommandLine, SpamCommand)
# declares the stages of a problem, beside the champion that there is; nothing runs yet
Declare = Callable[[Workflow, Config, champion.Incumbent], Stages]


def run_whole(
    config: Config, part: Selection, declare: Declare[Config], card: Callable[[FinishedRun], str]
) -> State[None]:
    """Run what a problem declares; publish its reports, and keep its winner and its history.

    Parameters
    ----------
    config : WorkflowConfig
    part : Selection
        With a part only the selected steps run, and their reports are published; the champion and
        the history stay as they are.
    declare : function
    card : function of a finished run
        Returns the model card as markdown.

    Returns
    -------
    State
        Completed, by the name NotPromoted if the winner may not replace the champion, or Failed by
        the name GoalMissed when the goal was required and missed.
    """
    asked = config.asked(part)
    with (
        reported_if_stopped(asked, say=say) as watch,
        run_session(config, kind="" if part.is_all else "in part") as steps_of,
    ):
        require_outputs(asked.output_dir)
        run, history, incumbent = (
            current_run(),
            monitoring.read_history(asked.datasets),
            champion.read_incumbent(asked.datasets[0]),
        )
        step = Workflow(config.problem.prefix)
        declared = declare_run(step, config, declare, run, incumbent, history)
        steps = watch(
            steps_of(
                step.steps,
                selected=part.of(step.steps),
                at_once=config.steps_at_once,
                how_to_make=lambda label: asked.command_of(Selection(to_step=label)),
            )
        )
        steps.run()
        if not part.is_all:
            return publish_part(asked, steps, say=say)
        done = steps.value(declared)
        # the data set that was found, not `auto`: another day another source might answer
        found = done.stages.found.dataset.name.rpartition("+")[2]
        finished = FinishedRun(
            run=run,
            asked=asked,
            again=command_line_of(config.model_copy(update={"dataset": found})),
            results=done.stages.found,
            besides=done.stages.besides,
            promotion=champion.carry_out(done.meeting.promotion, say=say),
            steps=steps.records,
            made_with=made_with(
                done.stages.found.dataset.content_sha256,
                needed_by(steps_behind(declared.stages.found)),
            ),
        )
        publish(finished, done, incumbent, history, card(finished))
    return final_state(config, finished.results.evaluation, finished.promotion)


def publish(
    finished: FinishedRun,
    done: Declared,
    incumbent: champion.Incumbent,
    history: monitoring.History,
    card: str,
) -> None:
    """Keep the run in the history, and publish the report of every stage."""
    entry, promotion = entry_of(finished, history.next_number), finished.promotion
    # a promotion that failed its smoke test is drawn among the nights as if it had not
    is_as_drawn = promotion == done.meeting.promotion
    train = finished.results.dataset.train
    texts = [
        champion.report_promotion(promotion, done.meeting.pictures),
        monitoring.report_history(
            entry, history, done.nights if is_as_drawn else None, finished.results.names
        ),
    ]
    if done.stages.drift is not None:
        texts.append(monitoring.report_drift(done.stages.drift, train, incumbent.champion, say=say))
    monitoring.keep_entry(entry)
    publish_and_keep(finished, (*done.stages.reports, *texts), card, say=say)


def final_state(
    config: WorkflowConfig, evaluation: Evaluation, promotion: Promotion
) -> State[None]:
    """Return the state a run ends in: verdict, scores and what became of the champion.

    It is named NotPromoted where a person should look: the winner is worse than the champion,
    or was refused.
    """
    scores = ", ".join(f"{name} {each.value:.2%}" for name, each in evaluation.headline.items())
    message = f"Goal {evaluation.goal:.1%} {evaluation.verdict}: {scores}. {sentence(promotion)}"
    if config.require_goal and evaluation.verdict == "missed":
        return Failed(name=GOAL_MISSED, message=message)
    if config.promote and promotion.decision.outcome in {Outcome.WORSE, Outcome.REFUSED}:
        return Completed(name=NOT_PROMOTED, message=message)
    return Completed(message=message)


def declare_run(  # noqa: PLR0913, PLR0917 - what is asked, and what was there before
    step: Workflow,
    config: Config,
    declare: Declare[Config],
    run: FlowRunFacts,
    incumbent: champion.Incumbent,
    history: monitoring.History,
) -> Declared:
    """Declare every step of a run; nothing runs yet."""
    stages = declare(step, config, incumbent)
    meeting = champion.meet_champion(step, stages.found, incumbent, run, may_move=config.promote)
    nights = monitoring.draw_nights(step, stages.found, meeting.promotion, history)
    return Declared(stages, meeting, nights)


def declared_steps(config: Config, declare: Declare[Config]) -> list[Step]:
    """Declare a run of nobody: with what the store holds, and without a server.

    Raises
    ------
    DataError
        If the data set is unknown, or a folder is not what it should be.
    """
    step = Workflow(config.problem.prefix)
    incumbent = champion.read_incumbent(config.datasets[0])
    history = monitoring.read_history(config.datasets)
    declare_run(step, config, declare, nobodys_run(), incumbent, history)
    return step.steps


def tell_plan_of(asked: Command, declare: Declare[Any]) -> None:
    """Say for every step of a run whether it would be reused, and about how long the rest takes."""
    with store_at(asked.config.store_dir):
        steps = declared_steps(asked.config, declare)
        tell_plan(steps, say=say, options=OPTIONS, selected=asked.part.of(steps))


def ask_about(command: type[Command], declare: Declare[Any]) -> Command:
    """Read the command line of a problem; tell what is wrong before any server starts.

    Raises
    ------
    UsageError
        If an option, a variable or a step is unknown, or a value is out of bounds.
    PlainError
        If the data set is unknown, or a folder is not what it should be.
    """

    def look(asked: Command) -> None:
        if asked.part.is_all:  # then neither the champion nor the history need be read
            declare(Workflow(), asked.config, champion.Incumbent(None))
        else:
            asked.part.of(declared_steps(asked.config, declare))

    return ask_for(command, look)


def main(flow: Flow[..., Any], ask: Callable[[], Command], declare: Declare[Any]) -> NoReturn:
    """Run a problem as its command line asks, or tell its plan; end the process."""
    leave(run_from_command_line(flow, partial(tell_plan_of, declare=declare), ask))
