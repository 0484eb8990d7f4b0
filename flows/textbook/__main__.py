"""Chapter 3's own figures through this project's tasks: ``python -m flows.textbook``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.textbook\n")
    sys.exit(2)

from pathlib import Path

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed

from artifacts.page.index import RunSummary
from artifacts.publish import publish_report
from artifacts.reports.textbook import parity_verdict
from engine.cli.terminal import run_from_command_line, say
from engine.run.display import duration
from engine.run.exit import leave
from engine.run.flow_run import current_run, interface_of, rename_run, started_now
from engine.run.plan import tell_plan
from engine.run.steps import StepRecord
from engine.run.workflow import Step, Workflow
from engine.store.location import store_at
from flows.config import OPTIONS
from flows.report.files import require_outputs
from flows.report.folder import folder_of, write_run_folder
from flows.session import ask_for, run_session
from flows.textbook.config import TextbookCommand, TextbookConfig
from flows.textbook.folder import parity_facts, parity_page, parity_text
from flows.textbook.stages import BookFindings, reproduce


@flow(name="textbook", flow_run_name=started_now)
def textbook(config: TextbookConfig) -> State[None]:
    """Measure the figures that chapter 3 prints and set them beside the book's."""
    with run_session(config) as steps_of:
        require_outputs(config.output_dir)
        step = Workflow()
        declared = reproduce(step, config)
        steps = steps_of(step.steps)
        steps.run()
        found = steps.value(declared)
        publish_and_keep(config, found, steps.records)
    return Completed(message=parity_verdict(found.parity))


def publish_and_keep(
    config: TextbookConfig, found: BookFindings, steps: tuple[StepRecord, ...]
) -> Path:
    """Publish the comparison to Prefect, write the run's folder and say the table.

    Returns
    -------
    Path
        The run's folder.
    """
    publish_report(found.report)
    run = current_run()
    equal = f"{found.parity.n_equal} of {len(found.parity.rows)} figures equal"
    rename_run(run, f"{run.started:%Y-%m-%d %H:%M} the book's figures: {equal}")
    folder = folder_of(config.output_dir, run, "textbook")
    facts = parity_facts(config, found, steps, run_id=run.id)
    shown = parity_page(config, found, steps, run_id=run.id)
    summary = RunSummary(dataset=found.dataset.title, verdict="the book's figures", headline=equal)
    page = write_run_folder(folder, "parity.json", facts, shown, (found.report,), summary)
    reused = sum(step.reused for step in steps)
    seconds = sum(step.seconds for step in steps)
    say(
        f"\n{parity_text(found, config)}\n\n"
        f"{len(steps)} steps, {reused} reused, {duration(seconds)}\n"
        f"Report             {page}\n"
        f"Prefect UI         {interface_of(run)}"
    )
    return folder


def declare(asked: TextbookCommand) -> list[Step]:
    """Declare the steps of the comparison, without a server.

    Raises
    ------
    DataError
        If the data set is not MNIST, or a folder is not what it should be.
    """
    step = Workflow()
    reproduce(step, asked.config)
    return step.steps


def plan(asked: TextbookCommand) -> None:
    """Say for every step whether it would be reused; run nothing and write nothing."""
    with store_at(asked.config.store_dir):
        tell_plan(declare(asked), say=say, options=OPTIONS)


def ask() -> TextbookCommand:
    """Read the command line; tell what is wrong before any server starts."""
    return ask_for(TextbookCommand, declare)


if __name__ == "__main__":
    leave(run_from_command_line(textbook, plan, ask))
