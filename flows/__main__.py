"""The commands of this project, one line each: ``python -m flows``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows\n")
    sys.exit(2)

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.cli.streams import after_saying
from engine.cli.surroundings import prepare_process
from engine.cli.version import name_and_version
from engine.run.exit_codes import BAD_OPTION, DONE

FOLDER = Path(__file__).parent


def command_lines() -> Iterator[str]:
    """Give for each command how it is called and what its module says it does."""
    for path in sorted((*FOLDER.glob("*.py"), *FOLDER.glob("*/__main__.py"))):
        module = ast.parse(path.read_text(encoding="utf-8"))
        summary = (ast.get_docstring(module) or "").partition("\n")[0]
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


def main(arguments: Sequence[str]) -> int:
    """List the commands; return the exit code."""
    if arguments and arguments[0] not in {"-h", "--help", "--version"}:
        sys.stderr.write(
            f"Asked for {arguments[0]}; this lists the commands and takes no options. Call a "
            "command by its whole name, such as python -m flows.full_run.\n"
        )
        return BAD_OPTION
    text = name_and_version() if arguments[:1] == ["--version"] else overview()
    sys.stdout.write(f"{text}\n")
    return after_saying(DONE)


if __name__ == "__main__":
    prepare_process()
    sys.exit(main(sys.argv[1:]))
