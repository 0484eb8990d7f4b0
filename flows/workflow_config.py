"""The options that a run of any problem has."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from artifacts.problem import Problem
from engine.cli.command import command_line_of
from engine.cli.options import CommandSettings, known_by, option, refusal, some_core
from engine.cluster.where import read_address
from flows.report.asked import Asked
from tasks.models.records import CandidateSpec

if TYPE_CHECKING:
    from engine.run.selection import Selection

Runner = Literal["local", "dask"]


def only_for_dask(value: str | None, found: ValidationInfo) -> str | None:
    """Refuse the address of a scheduler where none is used."""
    if value is not None and found.data.get("runner") == "local":
        raise refusal("it is used with --runner dask alone; give both or neither")
    return value


class WorkflowConfig(CommandSettings):
    """What can be asked of a run of any problem; each has its own data and questions besides."""

    problem: ClassVar[Problem]

    dataset: str
    data_dir: Path | None
    target_precision: float
    cost_false_alarm: float
    cost_miss: float
    goal: float
    store_dir: Path = option(Path("data"), "folder in which results, models and images are kept")
    output_dir: Path = option(
        Path("outputs"), "folder in which each run leaves its report, figures and evaluation.json"
    )
    n_splits: int = option(3, "folds of the cross-validation", unit="folds", ge=2, le=20)
    seed: int = option(42, "seed of every random choice", ge=0, le=2**32 - 1)
    require_goal: bool = option(False, "end the run as failed when the goal is missed")
    promote: bool = option(
        True, "make the winner the champion if it is proven better; --no-promote only compares"
    )
    n_jobs: int = option(
        -1, "processor cores to fit with, -1 for all; it changes no result", unit="cores", ge=-1
    )
    steps_at_once: int = option(
        1, "steps that may run beside each other; each fit takes --n-jobs cores", ge=1, le=64
    )
    runner: Runner = option(
        "local",
        "where fits are computed: local is this process; dask is worker processes, of this machine "
        "or of the cluster at --scheduler",
    )
    scheduler: str | None = option(
        None,
        "address of a Dask scheduler that is running, such as tcp://node1:8786; by default workers "
        "of this machine are started for the run",
    )
    fetch_deadline: float = option(
        60.0, "how long all network sources together may take", unit="seconds", gt=0, le=3600
    )
    server_patience: float = option(
        60.0,
        "how long a finished run waits for a lost Prefect server before it ends unpublished",
        unit="seconds",
        ge=0,
        le=86400,
    )
    wait: float | None = option(
        None,
        "how long to wait for another run in the same store; as long as it takes by default",
        unit="seconds",
        ge=0,
    )
    keep_runs: int = option(
        10, "the last runs on each data set whose results stay; older ones go at a run's end", ge=1
    )
    budget: int = option(
        10_000,
        "what the store may hold after a run; above it older runs go, the last of a data set never",
        unit="MB",
        ge=1,
    )

    _some_core = field_validator("n_jobs")(some_core)
    _an_address = field_validator("scheduler")(known_by(read_address))
    _for_dask = field_validator("scheduler")(only_for_dask)

    @property
    def specs(self) -> tuple[CandidateSpec, ...]:
        """The specifications of the candidates, in the order asked for."""
        raise NotImplementedError

    @property
    def datasets(self) -> tuple[str, ...]:
        """The name of the data set that is asked for, and of what may be taken instead."""
        raise NotImplementedError

    def asked(self, part: "Selection") -> Asked:
        """Return what the reports of a run say of its options.

        Options at their defaults are left out of the command: the revision of the code says what
        those are.

        Examples
        --------
        >>> from engine.run.selection import Selection
        >>> from flows.config import RunConfig
        >>> part = Selection(from_step="refit", to_step="evaluate")
        >>> RunConfig(data_dir=None, shift=0, store_dir="my data").asked(part).command
        "python -m flows.full_run --store-dir 'my data' --shift 0"
        >>> RunConfig(data_dir=None).asked(part).command_of(part)
        'python -m flows.full_run --from refit --to evaluate'
        """
        return Asked(
            problem=self.problem,
            dataset=self.dataset,
            datasets=self.datasets,
            options=self.model_dump(mode="json"),
            command=command_line_of(self),
            part=part,
            store_dir=self.store_dir,
            output_dir=self.output_dir,
            server_patience=self.server_patience,
        )
