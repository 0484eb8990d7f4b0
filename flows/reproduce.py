"""Make a run again from nothing and compare: ``python -m flows.reproduce RUN``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.reproduce\n")
    sys.exit(2)

import tempfile
from pathlib import Path

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed
from pydantic import Field
from pydantic_settings import CliPositionalArg, SettingsConfigDict

from engine.cli.command import RunCommand
from engine.cli.options import option
from engine.cli.terminal import run_from_command_line, say
from engine.run.provenance import different, made_with
from engine.run.workflow import Workflow, needed_by, steps_behind
from flows.config import ENVIRONMENT_PREFIX, read_command
from flows.full_run import declare
from flows.report.earlier import EarlierRun, find_run
from flows.report.files import require_outputs
from flows.session import run_session
from flows.stages.champion import Incumbent
from flows.states import NOT_REPRODUCED


class ReproduceCommand(RunCommand):
    """Run the same inputs again in an empty store and say whether the predictions are the same.

    Exit code 0: the same predictions; 1: others, or other data, with what is different.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.reproduce"
    )

    run: CliPositionalArg[str] = Field(
        description="a run's folder, its flow run id, or the beginning of either"
    )
    output_dir: Path = option(Path("outputs"), "folder in which the runs left their reports")
    plan: bool = option(False, "say what is different today, and run nothing")

    @property
    def config(self) -> EarlierRun:
        """The run that is meant."""
        return find_run(self.run, self.output_dir)


@flow(name="reproduce", flow_run_name="make {earlier.run_id} again")
def reproduce(earlier: EarlierRun) -> State[None]:
    """Run an earlier run's inputs from an empty store and compare the predictions."""
    # beside the outputs: a system's own temporary folder may be small, or memory
    with tempfile.TemporaryDirectory(prefix=".reproduce-", dir=earlier.folder.parent) as folder:
        config = earlier.config(Path(folder))
        with run_session(config) as steps_of:
            step = Workflow()
            declared = declare(step, config, Incumbent(None)).found
            needed = needed_by(steps_behind(declared.evaluation))
            steps = steps_of(step.steps, selected=needed)
            steps.run(steps_behind(declared.dataset))  # what differs is said before hours are spent
            today = made_with(steps.value(declared.dataset).content_sha256, step.steps)
            differences = different(earlier.made_with, today)
            say(_told(differences))
            if differences and differences[0].startswith("the data"):
                return _ended(earlier, None, differences)
            steps.run()
            digest = steps.value(declared.evaluation.prediction_sha256)
        return _ended(earlier, digest, differences)


def _told(differences: tuple[str, ...]) -> str:
    if differences:
        return "\n".join(["different today:", *(f"- {each}" for each in differences)])
    return "the data, the code and the libraries are those of the run"


def _ended(earlier: EarlierRun, digest: str | None, differences: tuple[str, ...]) -> State[None]:
    listed = "".join(f"\n- {each}" for each in differences)
    if digest == earlier.prediction_sha256:
        message = f"The same predictions on every test image: {digest}."
        if differences:
            message += f" That although these are different today:{listed}"
        say(f"\n{message}")
        return Completed(message=message)
    if digest is None:
        message = f"The run {earlier.run_id} cannot be made again with other data:{listed}"
    else:
        reason = f" Different today:{listed}" if differences else (
            " Nothing that is recorded is different today: look for another kind of processor or "
            "another build of numpy."
        )  # fmt: skip
        message = f"Other predictions: {earlier.prediction_sha256} then, {digest} now.{reason}"
    return Failed(name=NOT_REPRODUCED, message=message)


def tell_differences(asked: ReproduceCommand) -> None:
    """Say what of the code and the libraries is different today; the data is not read."""
    earlier = asked.config
    step = Workflow()
    declare(step, earlier.config(Path()), Incumbent(None))
    found = different(earlier.made_with, made_with(earlier.made_with.content_sha256, step.steps))
    say("\n".join(f"- {each}" for each in found) or "code and libraries are those of the run")


def ask() -> ReproduceCommand:
    """Read the command line and look the run up.

    Raises
    ------
    UsageError
        If an option is unknown or no run is meant by the name.
    PlainError
        If the folder of the runs' reports cannot be written.
    """
    asked = read_command(ReproduceCommand)
    found = find_run(asked.run, asked.output_dir)
    if not asked.plan:
        require_outputs(found.folder.parent)
    return asked


if __name__ == "__main__":
    sys.exit(run_from_command_line(reproduce, tell_differences, ask))
