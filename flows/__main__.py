"""The commands of this project, one line each: ``python -m flows``."""

import ast
from collections.abc import Iterator
from pathlib import Path

from engine.cli.version import name_and_version

FOLDER = Path(__file__).parent


def command_lines() -> Iterator[str]:
    """Give for each command how it is called and what its module says it does."""
    for path in sorted((*FOLDER.glob("*.py"), *FOLDER.glob("*/__main__.py"))):
        summary = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
        name = path.parent.name if path.name == "__main__.py" else path.stem
        call = f"python -m flows.{name}"
        if f"``{call}" in summary:  # a module that is no command does not say how it is called
            yield f"{call:<29} {summary.partition(': ``')[0]}"


def overview() -> str:
    """Return the name of the project and its commands."""
    return "\n".join(
        [
            name_and_version(),
            "",
            *command_lines(),
            "",
            "Give a command --help for its options, or --version.",
        ]
    )


if __name__ == "__main__":
    print(overview())  # noqa: T201 - this is what it is for
