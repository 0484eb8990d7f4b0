"""Champions: ``python -m flows.champion [show | rollback [NAME] | retire | export PATH]``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.champion\n")
    sys.exit(2)

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import CliPositionalArg, SettingsConfigDict

from artifacts.page.model_card import champion_card
from artifacts.text import article
from engine.cli.options import CommandSettings, option
from engine.cli.terminal import run_command
from engine.errors import UsageError
from engine.store.location import DEFAULT_STORE, store_at, store_root
from engine.store.lock import only_run_in
from engine.store.marks import STORE, take_folder
from flows.config import ENVIRONMENT_PREFIX, read_command, same_option
from tasks.champion.export import export
from tasks.champion.files import entry_path, recorded_datasets
from tasks.champion.load import opened, require_champion
from tasks.champion.log import Standing
from tasks.champion.meant import dataset_meant, one_before
from tasks.champion.records import Champion
from tasks.champion.smoke_test import failure_of
from tasks.champion.store import (
    ChampionError,
    datasets,
    point_at,
    read_champion,
    read_history,
    read_standing,
    recorded_names,
    retire,
)
from tasks.data.names import names_meant_by
from tasks.evaluation.records import Interval


class ChampionCommand(CommandSettings):
    """Show the model in use and those before it, go one back, take it out of use, or export it.

    Each data set has a champion of its own. All are shown unless one data set is named; to move
    one, name its data set if there are several. A run under way is waited for before that.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.champion"
    )

    action: CliPositionalArg[Literal["show", "rollback", "retire", "export"]] = Field(
        "show",
        description="show the champion and its history; rollback: put the one before it back into "
        "use; retire: take it out of use, so that the next run that meets the goal begins anew; "
        "export: write it for other programs",
    )
    name: CliPositionalArg[str | None] = Field(
        None,
        description="with rollback: the one to put back into use, whichever it is; with export: "
        "the file to write, its name ending in .skops or .onnx",
    )
    dataset: str | None = option(None, "the data set whose champion is meant, as a run names it")
    store_dir: Path = option(DEFAULT_STORE, "folder in which the runs keep their results")
    wait: float | None = same_option("wait")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; return the exit code as `engine.cli.terminal` gives it."""
    return run_command(
        lambda: read_command(ChampionCommand, arguments),
        act,
        interrupted="Interrupted: the champion is the one before or after, whole.",
    )


def act(asked: ChampionCommand) -> None:
    """Show the champion, go one back, or take it out of use.

    Raises
    ------
    UsageError
        If a name is given to what takes none.
    ChampionError
        If there is no such folder or champion, or a record is damaged.
    """
    if asked.action == "export" and asked.name is None:
        raise UsageError("export takes the file to write, such as champion.skops; found none.")
    if asked.name is not None and asked.action not in {"rollback", "export"}:
        raise UsageError(f"{asked.action} takes no name; found {asked.name}. Leave it out.")
    dataset = names_meant_by(asked.dataset)[0] if asked.dataset else None
    with store_at(asked.store_dir):
        match asked.action:
            case "rollback":
                roll_back(dataset, asked.name, wait=asked.wait)
            case "retire":
                take_out_of_use(dataset, wait=asked.wait)
            case "export":
                write_out(Path(asked.name or "").expanduser().absolute(), dataset)
            case _:
                show(dataset)


def show(dataset: str | None = None) -> None:
    """Print the champion and every one there was, of one data set or of all.

    It reads only, so no run is waited for.

    Raises
    ------
    ChampionError
        If there is no such folder or data set, or a log or a champion's record is damaged; what
        can be read is printed all the same.
    """
    _check_folder()
    shown = datasets() if dataset is None else (dataset_meant(dataset),)
    if not shown:
        _print(f"There is no champion in {store_root()}.")
    problems = []
    for each in shown:
        if len(shown) > 1:
            _print(f"\nData set {each}\n")
        try:
            champion = read_champion(each)
            _print(_champion_text(champion) if champion else f"There is no champion of {each} now.")
        except ChampionError as error:
            problems.append(str(error))
        _print(_history_text(each))
    if problems:
        raise ChampionError("\n".join(problems))


def roll_back(dataset: str | None, name: str | None = None, *, wait: float | None = None) -> None:
    """Put the one before, or the one named, back into use, after it was opened and asked.

    A run under way is waited for, up to `wait` seconds.

    Raises
    ------
    ChampionError
        If there is none, or it does not answer as it did.
    """
    with _alone(wait):
        named = recorded_datasets().get(name) if name else None
        before = one_before(dataset_meant(dataset or named), name)
        failure = failure_of(entry_path(before.name))
        if failure is not None:
            raise ChampionError(
                f"Asked to go back to {before.name}; it was opened in a fresh process and failed: "
                f"{failure} Nothing was changed."
            )
        point_at(before)
        _print(f"{before.name} was put back into use.\n")
        show(before.dataset_name)


def take_out_of_use(dataset: str | None, *, wait: float | None = None) -> None:
    """Leave a data set without a champion; the history keeps it. A run under way is waited for."""
    with _alone(wait):
        meant = dataset_meant(dataset)
        kept = retire(meant)
        _print(
            f"There is no champion of {meant} now; the next run that meets the goal begins anew."
            + (f" The damaged log was set aside as {kept}." if kept else "")
        )


def write_out(path: Path, dataset: str | None) -> None:
    """Write the champion and its card to files, read it back and say how it compares.

    Raises
    ------
    PlainError
        If there is no champion, or it cannot be written in that format.
    """
    champion = opened(require_champion(dataset))
    done = export(champion, path)
    card = path.with_suffix(".md")
    card.write_text(champion_card(champion.record, path.name, champion.highest), encoding="utf-8")
    _print(
        f"{path} was read back: {done.n_images - done.n_differing:,} of {done.n_images:,} test "
        f"images are answered as by the champion, scores differ by {done.largest_difference:.2g} "
        f"at most. Its card is {card}."
    )


def _alone(wait: float | None) -> AbstractContextManager[None]:
    _check_folder()
    take_folder(store_root(), STORE)
    return only_run_in(store_root(), say=_print, wait=wait)


def _check_folder() -> None:
    if not store_root().is_dir():
        raise ChampionError(
            f"Asked for the champion in {store_root()}; there is no such folder. Name the one that "
            "the runs keep their results in with --store-dir."
        )


def _champion_text(champion: Champion) -> str:
    evaluation, choice = champion.evaluation, champion.choice
    question = f"is it {article(champion.names.of(choice.digit))}? "
    scores = "\n".join(f"{name:<15}  {_score(each)}" for name, each in evaluation.headline.items())
    return f"""\
{champion.title}, champion since {_minute(champion)}
learned from     {champion.fitted.n_train:,} images of {champion.dataset_title}, copies included
{scores}
{question:<17}threshold {choice.threshold:.4g}, chosen for precision \
{choice.target_precision:.1%}; recall {choice.recall:.1%} out of fold
name             {champion.name}
model            {champion.fitted.model.path}"""


def _history_text(dataset: str) -> str:
    history = read_history(dataset)
    n_lost = len(recorded_names(dataset)) - len(history)
    lost = f"\n{n_lost} more cannot be read: damaged, or their models are gone." if n_lost else ""
    if not history:
        return f"There is no history yet.{lost}"
    try:
        standing = read_standing(dataset)
    except ChampionError:
        standing = None
    rows = [_row(each, _place(each.name, standing)) for each in reversed(history)]
    head = f"{'since':<16}  {'model':<20}  {'accuracy':>8}  {'images':>9}"
    return "\n".join([f"\n{head}", *rows]) + lost


def _row(champion: Champion, place: str) -> str:
    row = (
        f"{_minute(champion)}  {champion.title:<20}  {champion.evaluation.accuracy.value:>8.2%}  "
        f"{champion.fitted.n_train:>9,}  {place}"
    )
    return row.rstrip()


def _place(name: str, standing: Standing | None) -> str:
    if standing is None:
        return "unknown"
    if name in standing.line:
        return {0: "in use", 1: "rollback goes here"}.get(standing.line.index(name), "")
    return "rolled back" if name in standing.taken_back else "retired"


def _score(score: Interval) -> str:
    return f"{score.value:.2%} ({score.low:.2%} to {score.high:.2%})"


def _minute(champion: Champion) -> str:
    return champion.time[:16].replace("T", " ")


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
