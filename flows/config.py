"""Every knob of a run: one model is the command line, the environment and the UI's form."""

import sys
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tasks.candidates import candidate_specs
from tasks.errors import PlainError
from tasks.records import CandidateSpec

ENVIRONMENT_PREFIX = "DIGITS_"
Knobs = TypeVar("Knobs", bound=BaseSettings)


class UsageError(PlainError):
    """A knob that does not exist or a value out of its bounds."""


def knob(default: Any, text: str, *, unit: str = "", **bounds: Any) -> Any:
    """Return a field whose help text is made of its own unit and bounds."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    limits = [f"{signs[name]} {value}" for name, value in bounds.items() if name in signs]
    notes = ", ".join([*([unit] if unit else []), *limits])
    return Field(default, description=f"{text} [{notes}]" if notes else text, **bounds)


def same_knob(name: str) -> Any:
    """Return a knob of the main job, so that it means the same in another command."""
    return copy(RunConfig.model_fields[name])


def some_core(value: int) -> int:
    """Refuse a number of cores that cannot fit anything."""
    if value == 0:
        raise _refusal("0 cores cannot fit anything; give 1 or more, or -1 for all")
    return value


def split_at_commas(value: Any) -> Any:
    """Read names that stand in one text or in several."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        return value
    parts = (part.strip() for name in names for part in str(name).split(","))
    return tuple(part for part in parts if part)


def known_by(
    look_up: Callable[[tuple[str, ...]], object],
) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return a check that refuses names which `look_up` refuses, in its words."""

    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            look_up(names)
        except PlainError as error:
            raise _refusal(str(error).removesuffix(".")) from None
        return names

    return check


class RunConfig(BaseSettings):
    """Handwritten digits from fetch to a published verdict.

    Every knob can also be set by an environment variable, DIGITS_ and its name in capitals,
    such as DIGITS_DATA_DIR. The command line wins over the environment.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,  # an empty path would be the folder one is in
        extra="forbid",
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_prog_name="python -m flows.full_run",
        cli_hide_none_type=True,
        cli_avoid_json=True,
    )

    dataset: str = knob(
        "auto",
        "auto, mnist_784, digits, or a name of your own for the set in --data-dir; auto is "
        "MNIST, or the digits bundled with scikit-learn if no source of MNIST answers",
        pattern=r"^[a-z][a-z0-9_-]*$",
    )
    data_dir: Path | None = knob(
        None, "folder with the four IDX files of a data set, gzipped or not"
    )
    new_images: Annotated[tuple[Path, ...], NoDecode] = knob(
        (),
        "folders with new labelled images that join the training set, separated by commas",
    )
    store_dir: Path = knob(Path("data"), "folder in which results, models and images are kept")
    output_dir: Path = knob(
        Path("outputs"), "folder in which each run leaves its report, figures and evaluation.json"
    )
    target_digit: int = knob(5, "the digit of the question 'is it a 5?'", unit="class", ge=0, le=9)
    target_precision: float = knob(
        0.90, "precision the chosen threshold must give", unit="fraction", gt=0, le=1
    )
    cost_false_alarm: float = knob(
        1.0, "what calling another digit a 5 costs, for the cheapest threshold", gt=0, le=1e6
    )
    cost_miss: float = knob(1.0, "what missing a 5 costs, for the cheapest threshold", gt=0, le=1e6)
    candidates: Annotated[tuple[str, ...], NoDecode] = knob(
        ("sgd", "random_forest", "hog_sgd"), "models to compare, separated by commas"
    )
    n_splits: int = knob(3, "folds of the cross-validation", unit="folds", ge=2, le=20)
    shift: int = knob(
        1,
        "how far the four copies of each training image are moved; 0 adds no copies",
        unit="pixels",
        ge=0,
        le=14,
    )
    seed: int = knob(42, "seed of every random choice", ge=0, le=2**32 - 1)
    goal: float = knob(
        0.97,
        "what accuracy, macro precision and macro recall should reach on the test set",
        unit="fraction",
        gt=0,
        lt=1,
    )
    require_goal: bool = knob(False, "end the run as failed when the goal is missed")
    promote: bool = knob(
        True, "make the winner the champion if it is proven better; --no-promote only compares"
    )
    n_jobs: int = knob(
        -1, "processor cores to fit with, -1 for all; it changes no result", unit="cores", ge=-1
    )
    fetch_deadline: float = knob(
        60.0, "how long all network sources together may take", unit="seconds", gt=0, le=3600
    )
    server_patience: float = knob(
        60.0,
        "how long a finished run waits for a lost Prefect server before it ends unpublished",
        unit="seconds",
        ge=0,
        le=86400,
    )
    keep_runs: int = knob(
        10, "the last runs whose results stay in the store; older ones go at a run's end", ge=1
    )
    budget: int = knob(
        10_000,
        "what the store may hold after a run; above it older runs go, the last one never",
        unit="MB",
        ge=1,
    )

    _some_core = field_validator("n_jobs")(some_core)
    _split_at_commas = field_validator("candidates", "new_images", mode="before")(split_at_commas)
    _known_candidates = field_validator("candidates")(known_by(candidate_specs))

    @property
    def specs(self) -> tuple[CandidateSpec, ...]:
        """The specifications of the candidates, in the order asked for."""
        return candidate_specs(self.candidates)

    @classmethod
    def from_command_line(cls, arguments: Sequence[str] | None = None) -> Self:
        """Read the command line over the environment over the defaults.

        Parameters
        ----------
        arguments : sequence of str, optional
            Those of the process by default.

        Raises
        ------
        UsageError
            If a knob is unknown or a value is out of bounds; names each one.
        SystemExit
            After ``--help``.
        """
        return read_command_line(cls, arguments)


class CommandLine(RunConfig):
    """Handwritten digits from fetch to a published verdict.

    Every knob can also be set by an environment variable, DIGITS_ and its name in capitals,
    such as DIGITS_DATA_DIR. The command line wins over the environment.
    """

    plan: bool = knob(False, "say what would run and about how long, and run nothing")

    @property
    def config(self) -> RunConfig:
        """The knobs of the run itself."""
        return RunConfig(**self.model_dump(exclude={"plan"}))


def read_command_line(knobs: type[Knobs], arguments: Sequence[str] | None = None) -> Knobs:
    """Read any model of knobs as `RunConfig.from_command_line` says."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return knobs(_cli_parse_args=arguments)
    except ValidationError as error:
        raise UsageError(_plain(error)) from None


def _refusal(text: str) -> PydanticCustomError:
    # pydantic puts "Value error, " before the text of a plain ValueError
    return PydanticCustomError("knob", "{text}", {"text": text})


def _plain(error: ValidationError) -> str:
    lines = [
        f"--{'-'.join(map(str, each['loc'])).replace('_', '-') or 'knobs'}: found "
        f"{each['input']!r}; {each['msg'][0].lower()}{each['msg'][1:]}."
        for each in error.errors()
    ]
    return "\n".join([*lines, "See --help for every knob, its default and its bounds."])
