"""Make a run again from nothing and compare: ``python -m flows.reproduce RUN``."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed
from pydantic import Field
from pydantic_settings import BaseSettings, CliPositionalArg, SettingsConfigDict

from flows.config import ENVIRONMENT_PREFIX, RunConfig, knob, read_command_line
from flows.new_images import fetch_and_join
from flows.reproduction import EarlierRun, different, find_run, made_with_today
from flows.room import Room
from flows.stages import find, number_of_steps
from flows.state_names import NOT_REPRODUCED
from flows.steps import Steps
from flows.terminal import run_from_command_line, say
from flows.workplace import opened
from tasks.records import Dataset

N_DRAWN = 10  # steps of a whole run that only draw; they are left out here
TWICE_FETCHED = 1


class ReproduceCommand(BaseSettings):
    """Run the same inputs again in an empty store and say whether the predictions are the same.

    Exit code 0: the same predictions; 1: others, or other data, with what is different.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_prog_name="python -m flows.reproduce",
    )

    run: CliPositionalArg[str] = Field(
        description="a run's folder, its flow run id, or the beginning of either"
    )
    output_dir: Path = knob(Path("outputs"), "folder in which the runs left their reports")
    plan: bool = knob(False, "say what is different today, and run nothing")

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
        with opened(config.store_dir, Room(config.keep_runs, config.budget), say=say) as log:
            total = number_of_steps(config) - N_DRAWN + TWICE_FETCHED
            step = Steps(total=total, say=say, log=log)
            differences = _differences(step, config, earlier)
            if differences and differences[0].startswith("the data"):
                return _ended(earlier, None, differences)
            found = find(step, config)
        return _ended(earlier, found.evaluation.prediction_sha256, differences)


def _differences(step: Any, config: RunConfig, earlier: EarlierRun) -> tuple[str, ...]:
    """Fetch, and say what is different before hours are spent on it."""
    dataset: Dataset = fetch_and_join(step, config)[0]
    found = different(earlier.made_with, made_with_today(dataset.content_sha256))
    say("\n".join(["different today:", *(f"- {each}" for each in found)]) if found else
        "the data, the code and the libraries are those of the run")  # fmt: skip
    return found


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


def tell_differences(earlier: EarlierRun) -> None:
    """Say what of the code and the libraries is different today; the data is not read."""
    then = earlier.made_with
    found = different(then, made_with_today(then.content_sha256))
    say("\n".join(f"- {each}" for each in found) or "code and libraries are those of the run")


def ask() -> ReproduceCommand:
    """Read the command line and look the run up.

    Raises
    ------
    UsageError
        If a knob is unknown or no run is meant by the name.
    """
    asked = read_command_line(ReproduceCommand)
    find_run(asked.run, asked.output_dir)
    return asked


if __name__ == "__main__":
    sys.exit(run_from_command_line(reproduce, tell_differences, ask))
