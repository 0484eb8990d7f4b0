"""The whole job, from fetch to a published verdict: ``python -m flows.full_run``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.full_run\n")
    sys.exit(2)

from dataclasses import dataclass

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from artifacts.render import RenderedReport
from artifacts.reports.champion import sentence
from engine.cli.terminal import run_from_command_line, say
from engine.run.exit import leave
from engine.run.flow_run import FlowRunFacts, current_run, nobodys_run, started_now
from engine.run.plan import tell_plan
from engine.run.provenance import made_with
from engine.run.selection import Selection
from engine.run.workflow import Step, Workflow, needed_by, steps_behind
from engine.store.location import store_at
from flows.command_line import CommandLine
from flows.config import OPTIONS, RunConfig
from flows.report.command import command_of
from flows.report.files import require_outputs
from flows.report.finished import FinishedRun, entry_of
from flows.report.publish import publish_and_keep, publish_part
from flows.report.stopped import reported_if_stopped
from flows.session import ask_for, run_session
from flows.stages import champion, data, evidence, monitoring, reports, selection
from flows.stages.results import Results
from flows.states import GOAL_MISSED, NOT_PROMOTED
from tasks.champion.records import Outcome, Promotion
from tasks.data.augment import augment
from tasks.data.batches import find_batches
from tasks.data.own.overlap import measure_overlap
from tasks.evaluation.evaluate import evaluate
from tasks.evaluation.records import Evaluation
from tasks.evaluation.resolution import measure_resolution
from tasks.models.refit import refit
from tasks.selection.compare import rank_candidates
from tasks.selection.ten_classes import measure_ten_classes


def find(step: Workflow, config: RunConfig) -> Results:
    """Declare the stages: fetch, augment, cross-validate, choose, refit, evaluate."""
    planned = data.plan(config)
    specs, digit, precision = config.specs, planned.digit, config.target_precision
    how = selection.Fitting(config.n_splits, config.seed, config.n_jobs)
    costs = evidence.Costs(precision, config.cost_false_alarm, config.cost_miss)

    fetched = data.fetch(step, planned.source, config.fetch_deadline)
    dataset, new_images = data.join(step, fetched, config)
    overlap = step("look for equal images", measure_overlap, dataset.train, dataset.test)
    labels = dataset.train.labels
    training = step("augment", augment, dataset.train, config.shift)

    scores = tuple(selection.cross_validate(step, spec, training, labels, how) for spec in specs)
    ranking = step("choose candidate", rank_candidates, scores, labels)
    choices = selection.choose_thresholds(step, specs, scores, labels, ranking, digit, precision)
    choice = step.value(selection.choice_of_winner, choices, ranking)
    binaries = selection.detect_digit(step, specs, scores, labels, digit, how.n_splits)
    winner = step.value(selection.scores_of_winner, scores, ranking)
    ten_classes = step("all classes of the winner", measure_ten_classes, winner, labels)

    fitted = step("refit the winner", refit, winner.candidate, training, how.seed, how.n_jobs)
    evaluation = step(
        "evaluate on the test set",
        evaluate,
        fitted,
        choice,
        dataset.test,
        config.goal,
        config.seed,
        is_mnist=dataset.is_mnist,
    )
    resolution = step(
        "what the test set can tell apart",
        measure_resolution,
        evaluation.confusion,
        ranking.only_first_right,
        ranking.only_second_right,
        dataset.train.n_images,
    )
    return Results(
        dataset=dataset,
        names=planned.names,
        pixel_range=config.pixels,
        new_images=new_images,
        overlap=overlap,
        training=training,
        out_of_fold=scores,
        ranking=ranking,
        choices=choices,
        choice=choice,
        binaries=binaries,
        ten_classes=ten_classes,
        fitted=fitted,
        evaluation=evaluation,
        resolution=resolution,
        evidence=evidence.gather_evidence(
            step, dataset, winner, fitted, evaluation, specs, costs, how, config.shift
        ),
    )


@dataclass(frozen=True, slots=True)
class Declared:
    """A whole run: what it finds, shows, and means for the champion and the history."""

    results: Results
    reports: tuple[RenderedReport, ...]
    meeting: champion.Meeting
    drift: monitoring.DriftReport
    nights: RenderedReport | None


def declare(
    step: Workflow,
    config: RunConfig,
    run: FlowRunFacts,
    incumbent: champion.Incumbent,
    history: monitoring.History,
) -> Declared:
    """Declare every step of a run; nothing runs yet."""
    results = find(step, config)
    meeting = champion.meet_champion(step, results, incumbent, run, may_move=config.promote)
    return Declared(
        results=results,
        meeting=meeting,
        drift=monitoring.watch_drift(
            step, results.dataset.train, incumbent.champion, results.names
        ),
        reports=reports.draw_stages(step, results, config.specs),
        nights=monitoring.draw_nights(step, results, meeting.promotion, history),
    )


@flow(name="full-run", flow_run_name=started_now)
def full_run(config: RunConfig, part: Selection = Selection()) -> State[None]:  # noqa: B008 - frozen
    """Classify handwritten digits, from fetch to a published verdict and a champion.

    With a `part` only the selected steps run, and their reports are published; the champion and
    the history stay as they are. Ends as Completed, by the name NotPromoted if the winner may not
    replace the champion, or as Failed by the name GoalMissed when the goal was required and
    missed.
    """
    with (
        reported_if_stopped(config, part, say=say) as watch,
        run_session(config) as steps_of,
    ):
        require_outputs(config.output_dir)
        run, history, incumbent = (
            current_run(),
            monitoring.read_history(config.datasets),
            champion.read_incumbent(config.datasets[0]),
        )
        step = Workflow()
        declared = declare(step, config, run, incumbent, history)
        steps = watch(
            steps_of(
                step.steps,
                selected=part.of(step.steps),
                at_once=config.steps_at_once,
                how_to_make=lambda label: command_of(config, Selection(to_step=label)),
            )
        )
        steps.run()
        if not part.is_all:
            return publish_part(config, steps, say=say)
        done = steps.value(declared)
        finished = FinishedRun(
            run=run,
            config=config,
            results=done.results,
            promotion=champion.carry_out(done.meeting.promotion, say=say),
            steps=steps.records,
            made_with=made_with(
                done.results.dataset.content_sha256, needed_by(steps_behind(declared.results))
            ),
        )
        publish(finished, done, incumbent, history)
    return final_state(config, finished.results.evaluation, finished.promotion)


def publish(
    finished: FinishedRun,
    done: Declared,
    incumbent: champion.Incumbent,
    history: monitoring.History,
) -> None:
    """Keep the run in the history, and publish the report of every stage."""
    entry, promotion = entry_of(finished, history.next_number), finished.promotion
    # a promotion that failed its smoke test is drawn among the nights as if it had not
    is_as_drawn = promotion == done.meeting.promotion
    texts = (
        champion.report_promotion(promotion, done.meeting.pictures),
        monitoring.report_drift(
            done.drift, finished.results.dataset.train, incumbent.champion, say=say
        ),
        monitoring.report_history(
            entry, history, done.nights if is_as_drawn else None, finished.results.names
        ),
    )
    monitoring.keep_entry(entry)
    publish_and_keep(finished, (*done.reports, *texts), say=say)


def final_state(config: RunConfig, evaluation: Evaluation, promotion: Promotion) -> State[None]:
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


def declared_steps(config: RunConfig) -> list[Step]:
    """Declare a run of nobody: with what the store holds, and without a server.

    Raises
    ------
    DataError
        If the data set is unknown, or a folder is not what it should be.
    """
    step = Workflow()
    incumbent = champion.read_incumbent(config.datasets[0])
    declare(step, config, nobodys_run(), incumbent, monitoring.read_history(config.datasets))
    return step.steps


def plan(asked: CommandLine) -> None:
    """Say for every step of a run whether it would be reused, and about how long the rest takes."""
    with store_at(asked.config.store_dir):
        steps = declared_steps(asked.config)
        tell_plan(steps, say=say, options=OPTIONS, selected=asked.part.of(steps))


def look(asked: CommandLine) -> None:
    """Look for the data and the steps that are asked for, without a server.

    Raises
    ------
    UsageError
        If a step is unknown.
    DataError
        If the data set is unknown, or a folder is not what it should be.
    """
    if asked.part.is_all:  # then the steps need not be declared a second time
        data.plan(asked.config)
        find_batches(asked.new_images)
    else:
        asked.part.of(declared_steps(asked.config))


def ask() -> CommandLine:
    """Read the command line; tell what is wrong before any server starts."""
    return ask_for(CommandLine, look)


if __name__ == "__main__":
    leave(run_from_command_line(full_run, plan, ask))
