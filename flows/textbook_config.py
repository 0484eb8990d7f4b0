"""The knobs of ``python -m flows.textbook``: few, since chapter 3 fixes everything else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flows.config import (
    RunConfig,
    knob,
    known_by,
    read_command_line,
    same_knob,
    some_core,
    split_at_commas,
)
from tasks.book_models import BOOK_MODELS, BookModel, book_models


class TextbookConfig(BaseSettings):
    """Chapter 3's own figures, measured again and set beside those the book prints.

    Every knob can also be set by an environment variable, DIGITS_ and its name in capitals.
    Seed, folds, digit and precision are the book's.
    """

    model_config = SettingsConfigDict(
        **(RunConfig.model_config | {"cli_prog_name": "python -m flows.textbook"})
    )

    dataset: str = knob("mnist_784", "the book's figures are of MNIST: no other set will do")
    data_dir: Path | None = same_knob("data_dir")
    store_dir: Path = same_knob("store_dir")
    output_dir: Path = same_knob("output_dir")
    models: Annotated[tuple[str, ...], NoDecode] = knob(
        tuple(BOOK_MODELS), "which of the book's models to fit, separated by commas"
    )
    n_jobs: int = same_knob("n_jobs")
    fetch_deadline: float = same_knob("fetch_deadline")
    keep_runs: int = same_knob("keep_runs")
    budget: int = same_knob("budget")

    _some_core = field_validator("n_jobs")(some_core)
    _split_at_commas = field_validator("models", mode="before")(split_at_commas)
    _known_models = field_validator("models")(known_by(book_models))

    @property
    def book_models(self) -> tuple[BookModel, ...]:
        """What the book fits, in the order asked for."""
        return book_models(self.models)


class TextbookCommand(TextbookConfig):
    """Chapter 3's own figures, measured again and set beside those the book prints.

    Every knob can also be set by an environment variable, DIGITS_ and its name in capitals.
    Seed, folds, digit and precision are the book's.
    """

    plan: bool = knob(False, "say what would run and about how long, and run nothing")

    @property
    def config(self) -> TextbookConfig:
        """The knobs of the run itself."""
        return TextbookConfig(**self.model_dump(exclude={"plan"}))

    @classmethod
    def from_command_line(cls, arguments: Sequence[str] | None = None) -> Self:
        """Read the command line over the environment over the defaults.

        Raises
        ------
        UsageError
            If a knob is unknown or a value is out of bounds; names each one.
        """
        return read_command_line(cls, arguments)
