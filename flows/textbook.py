"""Chapter 3's own figures through this project's tasks: ``python -m flows.textbook``."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed

from artifacts.parity_report import parity_verdict
from artifacts.publish import publish_report
from flows.full_run import started_now
from flows.leaving import leave
from flows.outputs import require_outputs
from flows.plan import walk
from flows.reporting import current_run, folder_of, interface_of, rename_run
from flows.room import Room
from flows.steps import StepRecord, Steps, duration
from flows.terminal import run_from_command_line, say
from flows.textbook_config import TextbookCommand, TextbookConfig
from flows.textbook_outputs import parity_text, write_textbook_outputs
from flows.textbook_stages import BookFindings, number_of_steps, reproduce
from flows.workplace import opened
from tasks.location import store_at


@flow(name="textbook", flow_run_name=started_now)
def textbook(config: TextbookConfig) -> State[None]:
    """Measure the figures that chapter 3 prints and set them beside the book's."""
    room = Room(config.keep_runs, config.budget)
    with opened(config.store_dir, room, say=say) as log:
        require_outputs(config.output_dir)
        step = Steps(total=number_of_steps(config), say=say, log=log)
        found = reproduce(step, config)
        publish_and_keep(config, found, tuple(step.records))
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
    page = write_textbook_outputs(folder, config, found, steps, run_id=run.id)
    reused = sum(step.reused for step in steps)
    seconds = sum(step.seconds for step in steps)
    say(
        f"\n{parity_text(found, config)}\n\n"
        f"{len(steps)} steps, {reused} reused, {duration(seconds)}\n"
        f"Report             {page}\n"
        f"Prefect UI         {interface_of(run)}"
    )
    return folder


def tell_plan(config: TextbookConfig) -> None:
    """Say for every step whether it would be reused; run nothing and write nothing."""
    with store_at(config.store_dir):
        walk(lambda step: reproduce(step, config), total=number_of_steps(config), say=say)


if __name__ == "__main__":
    leave(run_from_command_line(textbook, tell_plan, TextbookCommand.from_command_line))
