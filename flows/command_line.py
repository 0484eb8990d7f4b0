"""The command lines of the flows: the options of a run, and what is asked of this run alone."""

from typing import Annotated, Any, ClassVar

from pydantic_settings import NoDecode, SettingsConfigDict

from engine.cli.command import RunCommand
from engine.cli.options import option
from engine.run.selection import Selection
from flows.config import RunConfig
from tasks.models.candidates import SEARCHED

# each command sets it itself: the options of a run would bring the default back
SHORTCUTS = SettingsConfigDict(cli_shortcuts={"from-step": "from", "to-step": "to"})


class PlannedCommand(RunCommand, RunConfig):
    """The options of a run, and those of the command itself."""

    @property
    def config(self) -> RunConfig:
        """The options of the run itself."""
        return RunConfig(**{name: getattr(self, name) for name in RunConfig.model_fields})


class PartOfRun(RunCommand):
    """What can be asked of a whole run or of some of its steps."""

    only: str | None = option(None, "run this step alone, by its name or the beginning of it")
    from_step: str | None = option(None, "run this step and those that follow from it")
    to_step: str | None = option(None, "run this step and those it depends on")

    @property
    def part(self) -> Selection:
        """The steps that were asked for."""
        return Selection(only=self.only, from_step=self.from_step, to_step=self.to_step)

    @property
    def parameters(self) -> tuple[Any, Selection]:
        """What the flow is called with."""
        return self.config, self.part


class SearchCommand(PlannedCommand):
    """Other settings of each candidate, compared with the chosen ones on out-of-fold scores."""

    model_config = SettingsConfigDict(cli_prog_name="python -m flows.search")

    # of a whole run alone: a search chooses nothing and asks no question of a class
    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"goal", "require_goal", "promote", "server_patience", "class_names", "target_digit"}
        | {"target_precision", "cost_false_alarm", "cost_miss"}
    )

    candidates: Annotated[tuple[str, ...], NoDecode] = option(
        SEARCHED, "models whose settings are compared, separated by commas"
    )


class CommandLine(PartOfRun, PlannedCommand):
    """Handwritten digits from fetch to a published verdict.

    Every option can also be set by an environment variable, DIGITS_ and its name in capitals,
    such as DIGITS_DATA_DIR. The command line wins over the environment.
    """

    model_config = SHORTCUTS
