"""The tables of options, artifacts and exit codes in docs/: ``python -m flows.reference``.

``make docs`` writes each of them into its page, between two markers.
"""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.reference\n")
    sys.exit(2)

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from prefect import Task
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, CliPositionalArg, SettingsConfigDict

import artifacts.reports
import artifacts.start
from engine.cli.terminal import run_command
from engine.paths import ROOT
from engine.run.exit_codes import MEANINGS
from flows.champion import ChampionCommand
from flows.command_line import CommandLine, SearchCommand
from flows.compare import CompareCommand
from flows.config import read_command
from flows.nightly.__main__ import NightlyCommand
from flows.predict.config import PredictCommand
from flows.prune import PruneCommand
from flows.reproduce import ReproduceCommand
from flows.spam.config import SpamCommand
from flows.textbook.config import TextbookCommand
from flows.ui import UICommand

COMMANDS: tuple[type[BaseSettings], ...] = (
    CommandLine,
    PredictCommand,
    SpamCommand,
    ChampionCommand,
    CompareCommand,
    NightlyCommand,
    ReproduceCommand,
    PruneCommand,
    SearchCommand,
    TextbookCommand,
    UICommand,
)
CALL = "python -m flows.reference"
_IS_POSITIONAL = get_args(CliPositionalArg[str])[1]


def options_tables() -> str:
    """Return a heading and a table of options for each command, the main job's first."""
    return "\n\n".join(_command_text(command) for command in COMMANDS)


def artifacts_table() -> str:
    """Return key, title, content and drawing step of each report, in the order of their keys."""
    rows = [
        (
            f"`{module.KEY}`",
            module.TITLE,
            (module.__doc__ or "").partition("\n")[0].removesuffix("."),
            ", ".join(f"`{name}`" for name in _drawing_steps(module)) or "none",
        )
        for module in sorted(_reports(), key=lambda module: str(module.KEY))
    ]
    return _table(("key", "title", "what it shows", "step that draws it"), rows)


def exit_codes_table() -> str:
    """Return every exit code and what it means."""
    rows = [(str(code), meaning) for code, meaning in MEANINGS.items()]
    return _table(("exit code", "meaning"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "options.md": options_tables,
    "artifacts.md": artifacts_table,
    "failures.md": exit_codes_table,
}


def with_table(page: str, content: str) -> str:
    """Return a page with this content between its markers.

    Examples
    --------
    >>> with_table("<!-- generated --> <!-- end -->", "new").split()
    ['<!--', 'generated', '-->', 'new', '<!--', 'end', '-->']
    """
    pattern = r"(<!-- generated\b.*?-->).*?(<!-- end -->)"
    return re.sub(
        pattern, lambda found: f"{found[1]}\n\n{content}\n\n{found[2]}", page, flags=re.DOTALL
    )


def write_tables(folder: Path) -> None:
    """Write each table into its page of this folder."""
    for name, content in TABLES.items():
        page = folder / name
        text = page.read_text(encoding="utf-8")
        page.write_text(with_table(text, content()), encoding="utf-8")


def _command_text(command: type[BaseSettings]) -> str:
    name = command.model_config["cli_prog_name"]
    what = (command.__doc__ or "").partition("\n")[0]
    unused: frozenset[str] = getattr(command, "without_effect", frozenset())
    fields = [name for name in command.model_fields if name not in unused]
    shared = () if command is CommandLine else tuple(filter(_is_shared(command), fields))
    rows = [_row(command, field) for field in fields if field not in shared]
    texts = [f"## `{name}`", what]
    if shared:
        same = ", ".join(_option(command, field) for field in shared)
        texts.append(f"The same as those of `python -m flows.full_run`: {same}.")
    if rows:
        texts.append(_table(("option", "environment variable", "default", "meaning"), rows))
    return "\n\n".join(texts)


def _is_shared(command: type[BaseSettings]) -> Callable[[str], bool]:
    def check(name: str) -> bool:
        ours, theirs = command.model_fields[name], CommandLine.model_fields.get(name)
        return theirs is not None and ours.description == theirs.description

    return check


def _row(command: type[BaseSettings], name: str) -> tuple[str, str, str, str]:
    field = command.model_fields[name]
    meaning = field.description or ""
    if _IS_POSITIONAL in field.metadata:
        return f"`{name.upper()}`", "", _default(field), meaning
    variable = f"{command.model_config['env_prefix']}{name}".upper()
    return _option(command, name), f"`{variable}`", _default(field), meaning


def _option(command: type[BaseSettings], name: str) -> str:
    shortcuts: Mapping[str, Any] = command.model_config.get("cli_shortcuts") or {}
    kebab = name.replace("_", "-")
    return f"`--{shortcuts.get(kebab, kebab)}`"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "required"
    if value is None or value == ():
        return "none"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _reports() -> Iterator[ModuleType]:
    """Import the modules that make a report; those without a key are parts of others."""
    yield artifacts.start
    for found in pkgutil.walk_packages(artifacts.reports.__path__, "artifacts.reports."):
        module = importlib.import_module(found.name)
        if hasattr(module, "KEY"):
            yield module


def _drawing_steps(module: ModuleType) -> list[str]:
    return [each.name for each in vars(module).values() if isinstance(each, Task)]


class ReferenceCommand(BaseSettings):
    """Write the tables of options, artifacts and exit codes into the pages of docs/."""

    model_config = SettingsConfigDict(extra="forbid", cli_prog_name=CALL)


if __name__ == "__main__":
    sys.exit(
        run_command(lambda: read_command(ReferenceCommand), lambda _: write_tables(ROOT / "docs"))
    )
