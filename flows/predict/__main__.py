"""Score a person's own images with the champion: ``python -m flows.predict INPUT...``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.predict\n")
    sys.exit(2)

from dataclasses import replace

from engine.cli.terminal import run_from_command_line, say
from engine.printable import shown
from engine.store.location import store_at
from engine.store.marks import OUTPUT_FOLDER, STORE, is_marked, take_folder
from engine.words import counted
from flows.config import read_command
from flows.predict.config import PredictCommand
from flows.predict.flow import chunks_of, found_in, n_known, predict, setting_of
from flows.report.files import require_outputs
from tasks.champion.load import require_champion
from tasks.errors import DataError
from tasks.handwriting.inputs import files_in
from tasks.scoring.ledger import opened_ledger
from tasks.scoring.prepare import champion_in_use
from tasks.scoring.review import require_review

ANSWERS = replace(STORE, name="folder of answers", option="--answers-dir")


def ask() -> PredictCommand:
    """Read the command line, and look for the champion and the inputs before a server starts.

    Raises
    ------
    UsageError
        If an option is unknown, or a value is out of bounds.
    PlainError
        If there is no champion, no file at a path, or a folder to write to cannot be used.
    """
    asked = read_command(PredictCommand)
    if asked.review:
        require_review(asked.review)
    with store_at(asked.store_dir):
        require_champion(asked.meant)
    if next(files_in(asked.inputs), None) is None:
        names = ", ".join(shown(each) for each in asked.inputs)
        raise DataError(f"Asked to score {names}; found no file there. Put images into it.")
    answers = asked.answers_dir.expanduser().resolve()
    is_marked(answers, ANSWERS)
    is_marked(asked.output_dir.expanduser().resolve(), OUTPUT_FOLDER)
    if not asked.plan:
        take_folder(answers, ANSWERS)
        require_outputs(asked.output_dir)
    return asked


def plan(asked: PredictCommand) -> None:
    """Say how many images would be scored; the files are read, and nothing is written."""
    with store_at(asked.store_dir):
        model = champion_in_use(asked.meant)
    given = found_in(asked.config, model)
    setting = setting_of(model, normalise=asked.normalise)
    with opened_ledger(asked.answers_dir, setting, for_plan=True) as ledger:
        before = sum(n_known(each, ledger) for each in given)
        new = sum(p.stop - p.first for chunk in chunks_of(given, ledger) for p in chunk)
    n_images = sum(each.n_images for each in given)
    say(
        f"{counted(n_images, 'image')} in {counted(len(given), 'file')}: {before:,} scored before, "
        f"{new:,} to score, {n_images - before - new:,} with the content of another."
    )
    for each in given:
        if each.problem:
            say(f"no answer for {shown(each.path)}: {each.problem}")


if __name__ == "__main__":
    sys.exit(run_from_command_line(predict, plan, ask))
