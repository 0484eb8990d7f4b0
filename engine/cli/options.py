"""Every option of a run: one model is the command line, the environment and the UI's form."""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.cli.misspelt import refuse_unknown_options, refuse_what_is_no_text
from engine.cli.version import name_and_version
from engine.errors import PlainError, UsageError

Options = TypeVar("Options", bound=BaseSettings)
Value = TypeVar("Value")


def option(default: Any, text: str, *, unit: str = "", **bounds: Any) -> Any:
    """Return a field whose help text is made of its own unit and bounds."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    limits = [f"{signs[name]} {value}" for name, value in bounds.items() if name in signs]
    notes = ", ".join([*([unit] if unit else []), *limits])
    return Field(default, description=f"{text} [{notes}]" if notes else text, **bounds)


def some_core(value: int) -> int:
    """Refuse a number of cores that cannot fit anything."""
    if value == 0:
        raise refusal("0 cores cannot fit anything; give 1 or more, or -1 for all")
    return value


def split_at_commas(value: Any) -> Any:
    """Read names that stand in one text or in several."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        return value
    parts = (part.strip() for name in names for part in str(name).split(","))
    return tuple(part for part in parts if part)


def split_folders(value: Any) -> Any:
    r"""Read folders that stand in one text, separated by commas; ``\,`` is a comma in a name.

    Examples
    --------
    >>> split_folders(r"one, my\, two")
    ('one', 'my, two')
    """
    if not isinstance(value, str):
        return value  # each element of a list is one folder, whatever its name holds
    parts = (part.strip().replace(r"\,", ",") for part in re.split(r"(?<!\\),", value))
    return tuple(part for part in parts if part)


def known_by(look_up: Callable[[Value], object]) -> Callable[[Value], Value]:
    """Return a check that refuses a value which `look_up` refuses, in its words; None passes."""

    def check(value: Value) -> Value:
        try:
            if value is not None:
                look_up(value)
        except PlainError as error:
            raise refusal(str(error).removesuffix(".")) from None
        return value

    return check


def read_command_line(options: type[Options], arguments: Sequence[str] | None = None) -> Options:
    """Read any model of options as `CommandSettings` says; answer ``--version`` too."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if "--version" in arguments:
        print(name_and_version())  # noqa: T201 - this is what was asked for
        raise SystemExit(0)
    refuse_what_is_no_text(arguments)
    refuse_unknown_options(options, arguments)
    try:
        return options(_cli_parse_args=arguments)
    except ValidationError as error:
        raise UsageError(_plain(error)) from None


class CommandSettings(BaseSettings):
    """Options that a command line, the environment or a default gives."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,  # an empty path would be the folder one is in
        extra="forbid",
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
    )

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
            If an option is unknown or a value is out of bounds; names each one.
        SystemExit
            After ``--help``.
        """
        return read_command_line(cls, arguments)


def refusal(text: str) -> PydanticCustomError:
    """Return the error by which a check of an option refuses its value, in these words."""
    # pydantic puts "Value error, " before the text of a plain ValueError
    return PydanticCustomError("option", "{text}", {"text": text})


def _plain(error: ValidationError) -> str:
    lines = [
        f"--{'-'.join(map(str, each['loc'])).replace('_', '-') or 'options'}: found "
        f"{each['input']!r}; {each['msg'][0].lower()}{each['msg'][1:]}."
        for each in error.errors()
    ]
    return "\n".join([*lines, "See --help for every option, its default and its bounds."])
