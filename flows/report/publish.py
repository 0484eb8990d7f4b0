"""Publish a run's reports to Prefect, keep them in the run's own folder and say where to look."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from prefect.client.schemas import State
from prefect.states import Completed

from artifacts.publish import publish_reports, publish_with_start
from artifacts.render import RenderedReport
from artifacts.reports.champion import outcome_in_words
from artifacts.start import start_report
from artifacts.text import as_text
from engine.run.flow_run import current_run, interface_of, rename_run
from engine.run.steps import Steps
from engine.server.loss import reached, wait_for_server
from flows.report.asked import Asked
from flows.report.finished import FinishedRun
from flows.report.folder import page_of, write_outputs
from flows.report.summary import summary_text

PART_OF_A_RUN = "PartOfARun"


def publish_and_keep(
    done: FinishedRun, reports: tuple[RenderedReport, ...], card: str, *, say: Callable[[str], None]
) -> Path:
    """Publish every report to Prefect, write the run's folder and say where to look.

    Publishing is no task: a cached task does not run, and a warm run must show everything.

    Returns
    -------
    Path
        The HTML report.
    """
    reason, problem = done.results.dataset.fallback_reason, done.asked.problem
    notice = (
        problem.in_own_words(f"**These are not the images of {problem.asked_for}.**")
        + f" {as_text(reason)}"
        if reason
        else ""
    )
    reports = problem.own(reports)
    page = write_outputs(done, reports, card)
    say(summary_text(done, page, interface_of(done.run)))
    # whatever it answers, the run's own folder is there
    wait_for_server(done.asked.server_patience, say=say)
    with reached():
        publish_with_start(partial(_start, done, page), reports, notice=notice)
        rename_run(done.run, headline(done))
    return page


def _start(done: FinishedRun, page: Path, links: Sequence[tuple[str, UUID]]) -> RenderedReport:
    shown = page_of(done, card="")
    assert shown.first is not None  # for the type checker: a whole run has a first page
    dataset = done.results.dataset
    facts = (
        f"run of {done.run.started:%Y-%m-%d %H:%M}",
        f"data set {dataset.title}",
        f"code revision {done.made_with.code_revision[:12]}",
    )
    start = start_report(
        done.results.evaluation.verdict,
        shown.verdict,
        shown.first,
        links,
        facts=facts,
        page=str(page),
    )
    return done.asked.problem.own((start,))[0]


def headline(done: FinishedRun) -> str:
    """Name a finished run: date, data set, accuracy, and what became of the winner."""
    evaluation, dataset = done.results.evaluation, done.results.dataset
    name = dataset.name + (
        f" (NOT {done.asked.problem.asked_for.upper()})" if dataset.fallback_reason else ""
    )
    return (
        f"{done.run.started:%Y-%m-%d %H:%M} {name} {evaluation.candidate} "
        f"{evaluation.accuracy.value:.2%} {evaluation.verdict}, {outcome_in_words(done.promotion)}"
    )


def publish_part(asked: Asked, steps: Steps, *, say: Callable[[str], None]) -> State[None]:
    """Publish the reports among the selected steps; return the state of a part of a run."""
    reports = asked.problem.own(
        tuple(each for each in steps.selected_results if isinstance(each, RenderedReport))
    )
    run = current_run()
    labels = [each.label for each in steps.records]
    shown = labels[0] if len(labels) == 1 else f"{len(labels)} steps"
    message = (
        f"A part of the run: {shown}, {sum(each.reused for each in steps.records)} reused, "
        f"{len(reports)} reports published. The champion and the history are as they were."
    )
    say(f"\n{message}\nPrefect UI         {interface_of(run)}")
    wait_for_server(asked.server_patience, say=say)
    with reached():
        publish_reports(reports, notice="")
        rename_run(run, f"{run.started:%Y-%m-%d %H:%M} {asked.dataset}: {shown}")
    return Completed(name=PART_OF_A_RUN, message=message)
