"""What every command that runs a flow understands besides the options of its run."""

import shlex
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from engine.cli.options import CommandSettings, option, refusal

Detail = Literal["quiet", "ordinary", "verbose"]


class RunCommand(CommandSettings):
    """The options of a command itself: they are no part of the run, nor of a deployment."""

    plan: bool = option(False, "say what would run and about how long, and run nothing")
    quiet: bool = option(False, "show warnings, the last summary and errors alone")
    verbose: bool = option(False, "show the whole reason and the key of each step that is computed")

    @field_validator("verbose")
    @classmethod
    def _one_detail(cls, value: bool, found: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's form
        if value and found.data.get("quiet"):
            raise refusal("it contradicts --quiet; give one of them")
        return value

    @property
    def config(self) -> Any:
        """The options of the run itself; each command says which they are."""
        raise NotImplementedError

    @property
    def parameters(self) -> tuple[Any, ...]:
        """What the flow is called with."""
        return (self.config,)

    @property
    def detail(self) -> Detail:
        """How much of the run a person wants to see."""
        if self.quiet:
            return "quiet"
        return "verbose" if self.verbose else "ordinary"


def command_line_of(asked: BaseSettings, *more: str) -> str:
    """Return the command that asks for the same, quoted for a shell.

    Options at their defaults are left out. The program's name is the one its --help shows.

    Parameters
    ----------
    asked : BaseSettings
        The options of a command.
    more : str
        Words to put at its end.
    """
    shortcuts = asked.model_config.get("cli_shortcuts") or {}
    words = shlex.split(str(asked.model_config["cli_prog_name"]))
    for name, field in type(asked).model_fields.items():
        value = getattr(asked, name)
        if field.is_required():  # it has no option: it stands alone
            words += map(str, value if isinstance(value, tuple) else (value,))
        elif value != field.default:
            option = name.replace("_", "-")
            words += option_words(str(shortcuts.get(option, option)), value)
    return shlex.join([*words, *more])


def option_words(name: str, value: Any) -> list[str]:
    """Return an option with its value as words of a command line."""
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    is_many = isinstance(value, tuple)
    text = ",".join(str(each).replace(",", r"\,") for each in value) if is_many else str(value)
    # a value that begins with a dash would be read as an option of its own
    return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]
