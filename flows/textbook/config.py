"""The options of ``python -m flows.textbook``: few, since chapter 3 fixes everything else."""

from pathlib import Path
from typing import Annotated

from pydantic import field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from engine.cli.command import RunCommand
from engine.cli.options import CommandSettings, known_by, option, some_core, split_at_commas
from engine.cluster.where import read_address
from flows.config import ENVIRONMENT_PREFIX, same_option
from flows.workflow_config import Runner, only_for_dask
from tasks.data.names import names_meant_by
from tasks.textbook.models import BOOK_MODELS, BookModel, book_models


class TextbookConfig(CommandSettings):
    """Chapter 3's own figures, measured again and set beside those the book prints.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals.
    Seed, folds, digit and precision are the book's.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.textbook"
    )

    dataset: str = option("mnist_784", "the book's figures are of MNIST: no other set will do")
    data_dir: Path | None = same_option("data_dir")
    store_dir: Path = same_option("store_dir")
    output_dir: Path = same_option("output_dir")
    models: Annotated[tuple[str, ...], NoDecode] = option(
        tuple(BOOK_MODELS), "which of the book's models to fit, separated by commas"
    )
    n_jobs: int = same_option("n_jobs")
    runner: Runner = same_option("runner")
    scheduler: str | None = same_option("scheduler")
    fetch_deadline: float = same_option("fetch_deadline")
    wait: float | None = same_option("wait")
    keep_runs: int = same_option("keep_runs")
    budget: int = same_option("budget")

    _some_core = field_validator("n_jobs")(some_core)
    _an_address = field_validator("scheduler")(known_by(read_address))
    _for_dask = field_validator("scheduler")(only_for_dask)
    _split_at_commas = field_validator("models", mode="before")(split_at_commas)
    _known_models = field_validator("models")(known_by(book_models))

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data set asked for."""
        return names_meant_by(self.dataset)

    @property
    def book_models(self) -> tuple[BookModel, ...]:
        """What the book fits, in the order asked for."""
        return book_models(self.models)


class TextbookCommand(RunCommand, TextbookConfig):
    """Chapter 3's own figures, measured again and set beside those the book prints.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals.
    Seed, folds, digit and precision are the book's.
    """

    @property
    def config(self) -> TextbookConfig:
        """The options of the run itself."""
        return TextbookConfig(**{name: getattr(self, name) for name in TextbookConfig.model_fields})
