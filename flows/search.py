"""Other settings of the candidates, compared out of fold: ``python -m flows.search``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.search\n")
    sys.exit(2)


from prefect import flow

from artifacts.page.html import Page
from artifacts.page.index import RunSummary
from artifacts.publish import publish_report
from artifacts.render import RenderedReport
from artifacts.reports.search import draw_search
from engine.cli.terminal import run_from_command_line, say
from engine.run.exit import leave
from engine.run.flow_run import current_run
from engine.run.plan import tell_plan
from engine.run.workflow import Step, Workflow
from engine.store.location import store_at
from engine.store.refs import ArrayRef
from flows.command_line import SearchCommand
from flows.config import OPTIONS, RunConfig
from flows.report.files import require_outputs
from flows.report.folder import folder_of, step_rows, write_run_folder
from flows.session import ask_for, run_session
from flows.stages import data
from flows.stages.selection import Fits, Fitting, cross_validate
from tasks.data.augment import augment
from tasks.models.candidates import settings_to_search
from tasks.models.cross_validate import cross_validate_fold
from tasks.models.records import CandidateSpec, Grid
from tasks.models.refit import refit
from tasks.selection.search import compare_settings, variants


@flow(name="search")
def search(config: RunConfig) -> None:
    """Compare each candidate's settings with others on out-of-fold scores; read no test image."""
    with run_session(config, kind="search") as steps_of:
        require_outputs(config.output_dir)
        step = Workflow()
        declared = find_and_draw(step, config)
        steps = steps_of(step.steps, at_once=config.steps_at_once)
        steps.run()
        reports = steps.value(declared)
        for report in reports:
            publish_report(report)
            say(f"\n{report.markdown}")
        page = Page(
            title="Handwritten digits: the settings of the candidates",
            verdict="Chosen settings against others, on out-of-fold scores alone.",
            warning=None,
            facts=tuple((k, str(v)) for k, v in config.model_dump(mode="json").items()),
            steps=step_rows(steps.records),
            unfolded=tuple(report.key for report in reports),
        )
        facts = {
            "config": config.model_dump(mode="json"),
            "steps": [each.model_dump(mode="json") for each in steps.records],
        }
        folder = folder_of(config.output_dir, current_run(), "search")
        summary = RunSummary(
            dataset=config.dataset,
            verdict="search of settings",
            headline=", ".join(spec.title for spec in config.specs),
        )
        target = write_run_folder(folder, "search.json", facts, page, reports, summary)
        say(f"Report             {target}")


def find_and_draw(step: Workflow, config: RunConfig) -> tuple[RenderedReport, ...]:
    """Declare the stages up to the comparison of settings, for every candidate asked for."""
    how = Fitting(config.n_splits, config.seed, config.n_jobs)
    grids = [(spec, settings_to_search(spec)) for spec in config.specs]
    planned = data.plan(config, asks_for_a_class=False)
    fetched = data.fetch(step, planned.source, config.fetch_deadline)
    dataset, _ = data.join(step, fetched, planned)
    labels = dataset.train.labels
    training = step("augment", augment, dataset.train, config.shift)
    fits = Fits(cross_validate_fold, refit, training)
    return tuple(compare_grid(step, spec, grid, fits, labels, how) for spec, grid in grids)


def compare_grid(  # noqa: PLR0913, PLR0917 - a candidate, its grid and what it is fitted on
    step: Workflow,
    spec: CandidateSpec,
    grid: Grid,
    fits: Fits,
    labels: ArrayRef,
    how: Fitting,
) -> RenderedReport:
    """Declare the fits of one candidate's settings, their comparison and its report."""
    chosen = cross_validate(step, spec, fits, labels, how)
    tried = variants(spec, grid)
    scores = tuple(
        chosen if each.spec == spec else cross_validate(step, each.spec, fits, labels, how)
        for each in tried
    )
    found = step(
        f"compare the settings of {spec.title}",
        compare_settings,
        chosen,
        scores,
        tuple((each.parameter, each.value) for each in tried),
        labels,
    )
    return step(f"draw the settings of {spec.title}", draw_search, found)


def declare(asked: SearchCommand) -> list[Step]:
    """Declare the steps of a search, without a server.

    Raises
    ------
    DataError
        If the data set is unknown, or a folder is not what it should be.
    """
    step = Workflow()
    find_and_draw(step, asked.config)
    return step.steps


def plan(asked: SearchCommand) -> None:
    """Say which fits are stored and about how long the others take."""
    with store_at(asked.config.store_dir):
        tell_plan(declare(asked), say=say, options=OPTIONS)


def ask() -> SearchCommand:
    """Read the command line; tell what is wrong before any server starts."""
    return ask_for(SearchCommand, declare)


if __name__ == "__main__":
    leave(run_from_command_line(search, plan, ask))
