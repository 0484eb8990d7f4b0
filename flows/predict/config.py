"""The options of ``python -m flows.predict``."""

from pathlib import Path

from pydantic import field_validator
from pydantic_settings import BaseSettings, CliPositionalArg, SettingsConfigDict

from engine.cli.command import RunCommand
from engine.cli.options import option, refusal
from flows.config import RunConfig, same_option
from tasks.data.names import names_meant_by

DEFAULT_HOLD_BACK = "2%"


class PredictConfig(BaseSettings):
    """A person's own images, scored with the champion.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals.
    """

    model_config = SettingsConfigDict(
        **(RunConfig.model_config | {"cli_prog_name": "python -m flows.predict"})
    )

    inputs: CliPositionalArg[tuple[Path, ...]] = option(
        ..., "folders or files: images, IDX images, .npy, a CSV file of pixels"
    )
    hold_back: str = option(
        DEFAULT_HOLD_BACK,
        "what to pass to a person: the least sure share, such as 2%, or all answers below a "
        "probability, such as 0.95; chosen on out-of-fold scores",
    )
    review: Path | None = option(
        None, "folder to write the held-back images to, with a table for their labels"
    )
    normalise: bool = option(
        True, "find each digit and lay it out as the training images; else shrink whole images"
    )
    new_only: bool = option(False, "report only what no earlier report holds")
    dataset: str | None = option(
        None, "the data set whose champion is meant, as a run names it; needed if there are several"
    )
    store_dir: Path = same_option("store_dir")
    answers_dir: Path = option(
        Path("answers"), "folder in which the answers are kept, so that no image is scored twice"
    )
    output_dir: Path = same_option("output_dir")
    wait: float | None = option(
        None,
        "how long to wait for another run with the same folder of answers; as long as it takes by "
        "default",
        unit="seconds",
        ge=0,
    )
    keep_runs: int = option(
        10, "the last runs whose intermediate results stay with the answers; answers stay", ge=1
    )
    budget: int = option(
        10_000,
        "what the folder of answers may hold after a run; above it older intermediate results go",
        unit="MB",
        ge=1,
    )

    @property
    def meant(self) -> str | None:
        """The data set whose champion is meant, by the name that a store has it by."""
        return names_meant_by(self.dataset)[0] if self.dataset else None

    @field_validator("hold_back")
    @classmethod
    def _known_hold_back(cls, value: str) -> str:
        from tasks.scoring.asked import ASKED

        if not ASKED.fullmatch(value.strip()):
            raise refusal(
                "give a share from 0% to less than 100%, such as 2%, or a probability from 0 to 1, "
                "such as 0.95"
            )
        return value.strip()


class PredictCommand(RunCommand, PredictConfig):
    """A person's own images, scored with the champion.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals.
    """

    plan: bool = option(False, "say how many images would be scored, and score none")

    @property
    def config(self) -> PredictConfig:
        """The options of the run itself."""
        return PredictConfig(**{name: getattr(self, name) for name in PredictConfig.model_fields})

    @property
    def parameters(self) -> tuple[PredictConfig]:
        """What the flow is called with."""
        return (self.config,)
