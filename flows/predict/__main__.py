"""Score a person's own images with the champion: ``python -m flows.predict INPUT...``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.predict\n")
    sys.exit(2)

from engine.cli.terminal import run_from_command_line, say
from engine.file_names import shown
from engine.store.location import store_at
from flows.config import read_command
from flows.predict.config import PredictCommand
from flows.predict.flow import predict
from tasks.champion.load import require_champion
from tasks.errors import DataError
from tasks.handwriting.inputs import files_in
from tasks.scoring.review import require_review


def ask() -> PredictCommand:
    """Read the command line, and look for the champion and the inputs before a server starts.

    Raises
    ------
    UsageError
        If an option is unknown, or a value is out of bounds.
    PlainError
        If there is no champion, no file at a path, or no folder for review can be there.
    """
    asked = read_command(PredictCommand)
    if asked.review:
        require_review(asked.review)
    with store_at(asked.store_dir):
        require_champion(asked.meant)
    if next(files_in(asked.inputs), None) is None:
        names = ", ".join(shown(each) for each in asked.inputs)
        raise DataError(f"Asked to score {names}; found no file there. Put images into it.")
    return asked


def plan(asked: PredictCommand) -> None:
    """Say what would be looked at; nothing is read."""
    n_files = sum(1 for _ in files_in(asked.inputs))
    say(f"{n_files:,} file(s) in {', '.join(shown(each) for each in asked.inputs)}")


if __name__ == "__main__":
    sys.exit(run_from_command_line(predict, plan, ask))
