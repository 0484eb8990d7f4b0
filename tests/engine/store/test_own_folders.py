"""A folder that is not this project's is refused untouched; in its own, a person's files stay."""

import json
import sys
import uuid
from functools import partial
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from engine.cli.terminal import run_from_command_line
from engine.errors import StoreError
from engine.run.crashed import close_dead_runs
from engine.store.files import set_aside
from engine.store.location import store_at
from engine.store.marks import OUTPUT_FOLDER, STORE, is_marked, take_folder
from engine.store.names import STORE_MARK, remove_unfinished
from engine.store.objects import save_bytes
from engine.store.pruning import Limits, plan_pruning, prune_store
from engine.store.runs import set_aside_damaged_records
from flows import champion, full_run, prune
from flows.champion import ChampionCommand
from flows.command_line import CommandLine, SearchCommand
from flows.compare import CompareCommand
from flows.kept import kept_objects
from flows.nightly.__main__ import NightlyCommand
from flows.predict.config import PredictCommand
from flows.prune import PruneCommand
from flows.reference import ReferenceCommand
from flows.report.files import require_outputs
from flows.reproduce import ReproduceCommand
from flows.server_secret import SecretCommand
from flows.spam.config import SpamCommand
from flows.textbook.config import TextbookCommand
from flows.ui import UICommand
from flows.whole_run import ask_about, tell_plan_of
from tests.engine.store.test_damage import fill_with_garbage
from tests.support.prefect_server import clean_environment, run_module
from tests.support.records.nights import night

REFUSED = "folders of a person's own, refused untouched"
KEPT = "a person's files in a store, left alone"


def limits(*, keep_runs, budget_mb):
    return Limits(keep_runs, budget_mb, kept_objects)


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def write_own_files(folder):
    """Write 28 files of a person's own, in folders that are called as a store's are."""
    for name in ("objects", "results", "runs", "damaged", "champions"):
        (folder / name).mkdir(parents=True)
    (folder / "objects" / "teapot.obj").write_text("mine")
    (folder / "results" / "thesis.csv").write_text("mine")
    (folder / ".writing-diary.txt").write_text("mine")
    for i in range(1, 26):
        (folder / "runs" / f"exp{i}.json").write_text('{"loss":1}\n')


@pytest.mark.counted(REFUSED)
def test_a_run_in_a_folder_of_a_persons_own_is_refused_and_every_file_is_as_it_was(tmp_path):
    own = tmp_path / "mystuff"
    write_own_files(own)
    before = content(own)
    done = run_module(
        "flows.full_run",
        "--dataset=digits",
        "--candidates=sgd",
        "--goal=0.8",
        f"--store-dir={own}",
        f"--output-dir={tmp_path / 'outputs'}",
        environment=clean_environment(tmp_path / "home"),
    )
    assert done.returncode == 3, done.stderr
    assert content(own) == before
    assert sum(found is not None for found in before.values()) == 28
    assert "'.writing-diary.txt', 'objects/teapot.obj'" in done.stderr
    assert "--store-dir" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


COMMANDS = {
    "prune": lambda store: prune.run([f"--store-dir={store}"]),
    "prune --yes": lambda store: prune.run([f"--store-dir={store}", "--yes"]),
    "champion rollback": lambda store: champion.main(["rollback", f"--store-dir={store}"]),
    "champion retire": lambda store: champion.main(["retire", f"--store-dir={store}"]),
}


@pytest.mark.counted(REFUSED)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_would_write_refuses_a_persons_own_folder(command, tmp_path, capsys):
    own = tmp_path / "mystuff"
    write_own_files(own)
    before = content(own)
    assert COMMANDS[command](own) == 3
    assert content(own) == before
    assert "objects/teapot.obj" in capsys.readouterr().err


STRANGERS = {
    "a file": lambda folder: (folder / "thesis.tex").write_text("mine"),
    "an empty folder": lambda folder: (folder / "photos").mkdir(),
    "a file among the objects": lambda folder: (folder / "objects" / "a.npy").write_text("mine"),
    "a digest in another's folder": lambda folder: (
        next((folder / "objects").iterdir()) / f"{'f' * 64}.npy"
    ).write_text("mine"),
    "a result with no key": lambda folder: (folder / "results" / "x.csv").write_text("mine"),
    "a link": lambda folder: (folder / "damaged").symlink_to(folder.parent),
}


@pytest.mark.counted(REFUSED)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_an_unmarked_store_with_one_file_of_another_is_refused(stranger, store):
    night(store, 0)
    STRANGERS[stranger](store)
    before = content(store)
    with pytest.raises(StoreError, match="what this project did not write"):
        take_folder(store, STORE)
    assert content(store) == before


def test_files_named_like_a_stores_are_not_enough(tmp_path):
    """Nothing among them carries this project's seal."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "20261125T020000000000-0a1b2c3d.json").write_text('{"loss": 1}')
    with pytest.raises(StoreError, match="none that this project surely wrote"):
        take_folder(tmp_path, STORE)


@pytest.mark.parametrize(
    "make",
    [
        lambda _: None,
        lambda folder: folder.mkdir(),
        lambda folder: (folder / "objects").mkdir(parents=True),
        lambda folder: (folder / "lost+found").mkdir(parents=True),
        # killed while the mark itself was written
        lambda folder: (folder.mkdir(), (folder / ".writing-a1b2c3d4.json").write_text("{")),
    ],
    ids=["missing", "empty", "empty folders", "a new disk", "half a mark"],
)
def test_a_missing_or_empty_folder_is_made_and_marked(make, tmp_path):
    folder = tmp_path / "store"
    make(folder)
    take_folder(folder, STORE)
    assert is_marked(folder, STORE)
    assert json.loads((folder / STORE_MARK).read_text())["format"] == 1


@pytest.mark.counted("stores of an earlier version, marked and otherwise unchanged")
def test_a_store_without_a_mark_gets_one_and_nothing_else_changes(store):
    for seed in range(2):
        night(store, seed)
    set_aside(save_bytes(b"a", ".png").path)
    before = content(store)
    take_folder(store, STORE)
    after = content(store)
    assert after.pop(STORE_MARK)
    assert after == before


def test_a_lost_or_damaged_mark_is_written_again(store):
    night(store, 0)
    take_folder(store, STORE)
    for damage in (Path.unlink, lambda path: fill_with_garbage(path, None)):
        damage(store / STORE_MARK)
        take_folder(store, STORE)
        assert is_marked(store, STORE)


def test_a_store_of_a_later_version_is_refused(store):
    take_folder(store, STORE)
    (store / STORE_MARK).write_text('{"format": 2}')
    with pytest.raises(StoreError, match="a later version of this project made it"):
        take_folder(store, STORE)


def put_strangers_in(store, outside):
    """Put a person's files wherever a store has files, under names much like the store's."""
    outside.mkdir()
    (outside / "theirs.txt").write_text("mine")
    for name in (
        "notes.txt",
        ".writing-diary.txt",
        "runs/exp1.json",
        "runs/.writing-poem.txt",
        "objects/teapot.obj",
        "objects/ab/teapot.npy",
        "results/thesis.csv",
        "history/2026.txt",
        "running/marathon.json",
        "champions/league.txt",
        "damaged/screen.png",
        "photos/.writing-a1b2c3d4.json",
        "photos/objects/ab/x.npy",
    ):
        path = store / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine" * 100)
    (store / "results" / f"link-{'a' * 64}").symlink_to(outside / "theirs.txt")
    (store / "runs" / "20261125T020000000000-0a1b2c3d.json").symlink_to(outside / "theirs.txt")
    (store / "objects" / "cd").symlink_to(outside)
    digest = "cd" + "a" * 62
    (outside / f"{digest}.npy").write_text("mine")
    (outside / ".writing-a1b2c3d4.npy").write_text("mine")


@pytest.mark.counted(KEPT)
def test_a_persons_files_in_a_store_survive_pruning_a_small_budget_and_the_clearing_of_damage(
    store, tmp_path
):
    take_folder(store, STORE)
    for seed in range(3):
        night(store, seed)
    ours = set(content(store))
    put_strangers_in(store, tmp_path / "outside")
    theirs = {name: found for name, found in content(store).items() if name not in ours}
    outside = content(tmp_path / "outside")
    said = []
    assert remove_unfinished(store) == 0
    set_aside_damaged_records(store, say=said.append)
    close_dead_runs(store, say=said.append)
    assert said == []
    prune_store(store, limits(keep_runs=1, budget_mb=0.001), say=said.append)
    assert prune.run([f"--store-dir={store}", "--yes", "--keep-runs=1", "--budget=1"]) == 0
    left = content(store)
    assert {name: left.get(name) for name in theirs} == theirs
    assert content(tmp_path / "outside") == outside
    assert night(store, 2) == []  # and the store works


@pytest.mark.counted(KEPT)
@pytest.mark.parametrize("folder", ["objects", "results", "runs", "running", "damaged"])
def test_no_link_in_place_of_a_stores_folder_is_followed_to_remove_anything(
    folder, store, tmp_path
):
    """Elsewhere lie files with names like a store's: some damaged, all of them old."""
    with store_at(tmp_path / "other") as other:
        for seed in range(2):
            night(other, seed)
        set_aside(save_bytes(b"a", ".png").path)
        (other / "running").mkdir()
        (other / "running" / f"{uuid.uuid4()}.json").write_text("damaged")
        for path in (other / "runs").iterdir():
            path.write_text("damaged")
        (other / "results" / ".writing-a1b2c3d4").write_text("half")
    before = content(tmp_path / "other")
    take_folder(store, STORE)
    (store / folder).symlink_to(tmp_path / "other" / folder)
    remove_unfinished(store)
    set_aside_damaged_records(store, say=print)
    close_dead_runs(store, say=print)
    prune_store(store, limits(keep_runs=1, budget_mb=0.001), say=print)
    assert content(tmp_path / "other") == before


@pytest.mark.counted(KEPT)
def test_a_persons_files_do_not_count_towards_the_budget(store):
    night(store, 0)
    night(store, 1)
    before = plan_pruning(store, limits(keep_runs=2, budget_mb=1000))
    (store / "film.mkv").write_bytes(bytes(5_000_000))
    after = plan_pruning(store, limits(keep_runs=2, budget_mb=1000))
    assert after.size_before == before.size_before
    prune_store(store, limits(keep_runs=2, budget_mb=4), say=lambda _: None)
    assert night(store, 0) == night(store, 1) == []


def test_commands_that_only_read_make_no_folder_and_write_nothing(tmp_path, monkeypatch, capsys):
    own = tmp_path / "mystuff"
    write_own_files(own)
    before = content(tmp_path)
    ask = partial(ask_about, CommandLine, full_run.declare)
    planned = partial(tell_plan_of, declare=full_run.declare)
    for folder in (own, tmp_path / "typo"):
        folders = f"--store-dir={folder}", f"--output-dir={folder}"
        monkeypatch.setattr(sys, "argv", ["full_run", "--plan", "--dataset=digits", *folders])
        code = run_from_command_line(full_run.full_run, planned, ask)
        assert code == (3 if folder == own else 0), capsys.readouterr().err
        champion.main([f"--store-dir={folder}"])
    assert content(tmp_path) == before


@pytest.mark.counted(REFUSED)
def test_reports_are_not_left_in_a_folder_of_a_persons_own(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(StoreError, match=r"'thesis\.tex'.*--output-dir"):
        require_outputs(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "thesis.tex"]


def test_an_output_folder_of_an_earlier_version_gets_its_mark(tmp_path):
    for name in ("2026-11-25T13-44-01-digits-a5aed57e", "nightly", "reliability", "benchmark"):
        (tmp_path / name).mkdir()
    require_outputs(tmp_path)
    assert is_marked(tmp_path, OUTPUT_FOLDER)
    (tmp_path / "notes.txt").write_text("what I thought of it")
    require_outputs(tmp_path)  # a person may put notes beside the reports


SETTINGS = (
    CommandLine,
    ChampionCommand,
    CompareCommand,
    NightlyCommand,
    PredictCommand,
    PruneCommand,
    ReferenceCommand,
    ReproduceCommand,
    SearchCommand,
    SecretCommand,
    SpamCommand,
    TextbookCommand,
    UICommand,
)


REQUIRED = {
    CompareCommand: {"first": "a", "second": "b"},
    PredictCommand: {"inputs": ("a",)},
    ReproduceCommand: {"run": "a"},
}


def test_every_settings_class_is_among_those_looked_at():
    def below(kind):
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    ours = {each for each in below(BaseSettings) if each.__module__.startswith("flows.")}
    assert ours == {base for each in SETTINGS for base in each.__mro__} & ours


@pytest.mark.parametrize("settings", SETTINGS)
def test_an_empty_environment_variable_is_one_that_is_not_set(settings, monkeypatch):
    """An empty path would be the folder one is in."""
    required = REQUIRED.get(settings, {})
    expected = settings(**required)
    for name in settings.model_fields:
        if name not in required:
            monkeypatch.setenv(f"DIGITS_{name.upper()}", "")
    assert settings(**required) == expected
