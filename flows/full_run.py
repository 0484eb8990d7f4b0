"""The whole job, from fetch to a published verdict: ``python -m flows.full_run``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.full_run\n")
    sys.exit(2)

from prefect import flow
from prefect.client.schemas import State

from artifacts.reports.champion import draw_promotion
from engine.cli.terminal import run_from_command_line
from engine.run.exit import leave
from engine.run.flow_run import FlowRunFacts, started_now
from engine.run.selection import Selection
from engine.run.workflow import Workflow
from flows.command_line import CommandLine
from flows.config import RunConfig
from flows.report.page import model_card_of
from flows.session import ask_for
from flows.stages import champion, data, evidence, monitoring, reports, selection
from flows.stages.results import Results
from flows.whole_run import Declared, declared_steps, run_whole, tell_plan_of
from tasks.data.augment import augment
from tasks.data.own.overlap import measure_overlap
from tasks.data.published.mnist import published_parts
from tasks.evaluation.evaluate import evaluate
from tasks.evaluation.resolution import measure_resolution
from tasks.models.cross_validate import cross_validate_fold
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
    dataset, new_images = data.join(step, fetched, planned)
    overlap = step("look for equal images", measure_overlap, dataset.train, dataset.test)
    labels = dataset.train.labels
    training = step("augment", augment, dataset.train, config.shift)

    scores = tuple(
        selection.cross_validate(step, spec, cross_validate_fold, (training,), labels, how)
        for spec in specs
    )
    ranking = step("choose candidate", rank_candidates, scores, labels)
    choices = selection.choose_thresholds(step, specs, scores, labels, ranking, digit, precision)
    choice = step.value(selection.choice_of_winner, choices, ranking)
    binaries = selection.detect_positive(step, "is it the digit?", specs, scores, labels, digit)
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
        step.value(published_parts, dataset),
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


def declare(
    step: Workflow,
    config: RunConfig,
    run: FlowRunFacts,
    incumbent: champion.Incumbent,
    history: monitoring.History,
) -> Declared:
    """Declare every step of a run; nothing runs yet."""
    results = find(step, config)
    meeting = champion.meet_champion(
        step, results, incumbent, run, draw_promotion, may_move=config.promote
    )
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
    """Classify handwritten digits, from fetch to a published verdict and a champion."""
    return run_whole(config, part, declare, model_card_of)


def plan(asked: CommandLine) -> None:
    """Say what would run."""
    tell_plan_of(asked.part, asked.config, declare)


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
    else:
        asked.part.of(declared_steps(asked.config, declare))


def ask() -> CommandLine:
    """Read the command line; tell what is wrong before any server starts."""
    return ask_for(CommandLine, look)


if __name__ == "__main__":
    leave(run_from_command_line(full_run, plan, ask))
