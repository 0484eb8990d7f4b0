"""Every option of a run: one model is the command line, the environment and the UI's form."""

import os
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from artifacts.problem import Problem
from engine.cli.misspelt import refuse_unknown_variables, refuse_what_is_no_text
from engine.cli.options import (
    Options,
    known_by,
    option,
    read_command_line,
    split_at_commas,
    split_folders,
)
from flows.workflow_config import WorkflowConfig
from tasks.data.class_names import HIGHEST_LABEL
from tasks.data.names import names_meant_by, require_name
from tasks.data.own.pixels import read_pixel_range
from tasks.models.candidates import candidate_specs
from tasks.models.records import CandidateSpec
from tasks.pixel_range import PixelRange

ENVIRONMENT_PREFIX = "DIGITS_"

ClassLabel = Annotated[int, Field(ge=0, le=HIGHEST_LABEL)]


# what other commands than full_run can be told by a variable; a test compares it with them
ELSEWHERE = (
    *("plan", "quiet", "verbose", "only", "from_step", "to_step", "models", "yes", "server_days"),
    *("webhook", "port", "crashed_after", "server_log"),
    *("hold_back", "review", "normalise", "new_only", "answers_dir"),
)


def same_option(name: str) -> Any:
    """Return an option of the main job, so that it means the same in another command."""
    return copy(RunConfig.model_fields[name])


class RunConfig(WorkflowConfig):
    """Handwritten digits from fetch to a published verdict.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals,
    such as DIGITS_DATA_DIR. The command line wins over the environment.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.full_run"
    )
    problem = Problem(title="Handwritten digits", asked_for="MNIST")

    dataset: str = option(
        "auto",
        "auto, mnist_784, digits, or a name of your own for the set in --data-dir; auto is "
        "MNIST, or the digits bundled with scikit-learn if no source of MNIST answers",
    )
    data_dir: Path | None = option(
        None, "folder with the four IDX files of a data set, gzipped or not"
    )
    pixel_range: str | None = option(
        None,
        "LOW-HIGH, such as 0-16: the values of blank paper and full ink in IDX files that do not "
        "use 0 to 255; for the set in --data-dir and for new images",
    )
    class_names: Annotated[tuple[str, ...], NoDecode] = option(
        (),
        "names of the classes in the order of their labels, or LABEL=NAME, separated by commas; "
        "shown instead of numbers",
    )
    new_images: Annotated[tuple[Path, ...], NoDecode] = option(
        (),
        "folders with new labelled images that join the training set, separated by commas (a "
        r"comma in a name is written `\,`); the option may be repeated",
    )
    target_digit: ClassLabel | str = option(
        5,
        "the class of the question 'is it a 5?', by its label or its name [class, >= 0, <= 255]",
        union_mode="left_to_right",
    )
    target_precision: float = option(
        0.90, "precision the chosen threshold must give", unit="fraction", gt=0, le=1
    )
    cost_false_alarm: float = option(
        1.0, "what calling another digit a 5 costs, for the cheapest threshold", gt=0, le=1e6
    )
    cost_miss: float = option(
        1.0, "what missing a 5 costs, for the cheapest threshold", gt=0, le=1e6
    )
    candidates: Annotated[tuple[str, ...], NoDecode] = option(
        ("sgd", "random_forest", "hog_sgd"), "models to compare, separated by commas"
    )
    shift: int = option(
        1,
        "how far the four copies of each training image are moved; 0 adds no copies",
        unit="pixels",
        ge=0,
        le=14,
    )
    goal: float = option(
        0.97,
        "what accuracy, macro precision and macro recall should reach on the test set",
        unit="fraction",
        gt=0,
        lt=1,
    )

    _split_at_commas = field_validator("candidates", "class_names", mode="before")(split_at_commas)
    _split_folders = field_validator("new_images", mode="before")(split_folders)
    _known_candidates = field_validator("candidates")(known_by(candidate_specs))
    _a_name = field_validator("dataset")(known_by(require_name))
    _a_range = field_validator("pixel_range")(known_by(read_pixel_range))

    @property
    def specs(self) -> tuple[CandidateSpec, ...]:
        """The specifications of the candidates, in the order asked for."""
        return candidate_specs(self.candidates)

    @property
    def pixels(self) -> PixelRange | None:
        """What the pixels of IDX files use, if that is not 0 to 255."""
        return None if self.pixel_range is None else read_pixel_range(self.pixel_range)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data set asked for, whose champion and nights count, and any that may replace it."""
        return names_meant_by(self.dataset)


VARIABLES = frozenset(
    f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in (*RunConfig.model_fields, *ELSEWHERE)
)


def read_command(options: type[Options], arguments: Sequence[str] | None = None) -> Options:
    """Read the command line of a command of this project, as `CommandSettings` says.

    Raises
    ------
    UsageError
        If an option, or an environment variable of an option, is unknown or out of bounds.
    """
    refuse_unknown_variables(os.environ, ENVIRONMENT_PREFIX, VARIABLES)
    prefix = str(options.model_config.get("env_prefix", ""))
    if prefix not in {"", ENVIRONMENT_PREFIX}:  # another problem's
        known = {f"{prefix}{name.upper()}" for name in options.model_fields}
        refuse_unknown_variables(os.environ, prefix, known)
    named = (value for name, value in os.environ.items() if name.upper() in VARIABLES)
    refuse_what_is_no_text(named)
    return read_command_line(options, arguments)


# the option behind each parameter of a task, for the reasons why a step runs
OPTIONS = {name: name for name in RunConfig.model_fields} | {
    "digit": "target_digit",
    "wanted.name": "dataset",
    "wanted.pixel_range": "pixel_range",
    "names": "class_names",
}
