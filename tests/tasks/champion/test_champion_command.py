"""``python -m flows.champion``: what it shows, what it moves, and how it says no."""

import fcntl
import os

import pytest

from engine.store.sealed import write_sealed
from flows import champion as command
from tasks.champion import smoke_test
from tasks.champion.files import entry_path, log_path
from tasks.champion.store import crown, read_champion
from tests.support.records.champions import DATASET, failure_here, fitted_champion


@pytest.fixture
def two(store):
    """A store with a champion and the one before it."""
    first = crown(fitted_champion("2026-01-01", n_train=100))
    return first, crown(fitted_champion("2026-01-02"))


@pytest.fixture(autouse=True)
def asking_here(monkeypatch):
    """Let a model be asked in this process: a fresh one imports scikit-learn each time."""
    monkeypatch.setattr(command, "failure_of", failure_here)


def asked(store, *words):
    return command.main([*words, f"--store-dir={store}"])


def test_it_shows_the_champion_with_its_intervals_and_every_one_before(store, two, capsys):
    assert asked(store) == 0
    said = capsys.readouterr().out
    accuracy = two[1].evaluation.accuracy
    assert f"{accuracy.value:.2%} ({accuracy.low:.2%} to {accuracy.high:.2%})" in said
    first_line, second_line = said.rstrip().splitlines()[-2:]
    assert first_line.endswith("in use")
    assert second_line.endswith("rollback goes here")


def test_rollback_goes_one_back_and_a_second_one_says_that_this_is_the_first(store, two, capsys):
    assert asked(store, "rollback") == 0
    assert read_champion(DATASET) == two[0]
    assert "rolled back" in capsys.readouterr().out
    assert asked(store, "rollback") == 3
    said = capsys.readouterr()
    assert "it is the first one" in said.err
    assert read_champion(DATASET) == two[0]


def test_a_model_that_no_longer_answers_as_it_did_is_not_put_back(store, two, monkeypatch, capsys):
    """The record of the one before names a model that never gave those scores."""
    monkeypatch.setattr(command, "failure_of", smoke_test.failure_of)  # in a fresh process
    swapped = two[0].model_copy(update={"fitted": two[1].fitted})
    write_sealed(entry_path(two[0].name), swapped)
    assert asked(store, "rollback") == 3
    assert "Nothing was changed" in capsys.readouterr().err
    assert read_champion(DATASET) == two[1]


def test_a_damaged_champion_is_said_with_both_ways_out_and_the_history_is_still_shown(
    store, two, capsys
):
    log_path(DATASET).write_bytes(b"garbage")
    assert asked(store) == 3
    said = capsys.readouterr()
    assert "rollback" in said.err
    assert "retire" in said.err
    assert "2026-01-01" in said.out
    assert said.out.count("unknown") == 2
    assert asked(store, "rollback") == 3
    assert "2026-01-02, 2026-01-01" in capsys.readouterr().err
    assert asked(store, "rollback", "2026-01-02") == 0
    assert "2026-01-02 was put back into use" in capsys.readouterr().out
    assert read_champion(DATASET) == two[1]


def test_retire_leaves_none_and_says_what_comes_next(store, two, capsys):
    assert asked(store, "retire") == 0
    assert "begins anew" in capsys.readouterr().out
    assert read_champion(DATASET) is None
    assert asked(store) == 0
    assert "There is no champion" in capsys.readouterr().out
    assert asked(store, "rollback") == 3
    assert "rollback NAME" in capsys.readouterr().err
    assert asked(store, "rollback", "2026-01-01") == 0
    assert read_champion(DATASET) == two[0]


def test_an_entry_that_cannot_be_read_is_counted(store, two, capsys):
    entry_path(two[0].name).write_bytes(b"")
    assert asked(store) == 0
    assert "1 more cannot be read" in capsys.readouterr().out


def test_it_waits_for_a_run_before_it_moves_anything_and_says_so(store, two, monkeypatch, capsys):
    held = os.open(store, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    monkeypatch.setattr("engine.store.lock.time.sleep", lambda _: os.close(held))  # the run ends
    assert asked(store, "retire") == 0
    assert "waiting for another run" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_not_made(tmp_path, capsys):
    for word in ("show", "rollback"):
        assert asked(tmp_path / "typo", word) == 3
        assert "--store-dir" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_all_data_sets_are_shown_and_to_move_a_champion_one_must_be_named(store, two, capsys):
    other = crown(fitted_champion("2026-01-03", dataset="own"))
    assert asked(store) == 0
    said = capsys.readouterr().out
    assert said.index("Data set digits") < said.index("2026-01-02") < said.index("Data set own")
    assert said.count("in use") == 2
    for word in ("rollback", "retire"):
        assert asked(store, word) == 3
        assert "digits, own. Name one with --dataset" in capsys.readouterr().err
    assert read_champion(DATASET) == two[1]
    assert asked(store, "rollback", "--dataset=digits") == 0
    assert "2026-01-03" not in capsys.readouterr().out
    assert read_champion(DATASET) == two[0]
    assert asked(store, "rollback", two[1].name) == 0  # the name says the data set
    assert read_champion(DATASET) == two[1]
    assert asked(store, "retire", "--dataset=digits") == 0
    assert read_champion(DATASET) is None
    assert read_champion("own") == other


def test_a_damaged_log_does_not_hide_the_champion_of_another_data_set(store, two, capsys):
    crown(fitted_champion("2026-01-03", dataset="own"))
    log_path(DATASET).write_bytes(b"garbage")
    assert asked(store) == 3
    said = capsys.readouterr()
    assert "champion since" in said.out.split("Data set own")[1]
    assert "retire --dataset digits" in said.err


def test_a_data_set_without_a_champion_is_told_those_that_have_one(store, two, capsys):
    assert asked(store, "--dataset=auto") == 3
    assert "of the data set mnist_784" in capsys.readouterr().err


def test_a_name_where_none_is_taken_exits_with_2(store, capsys):
    assert asked(store, "retire", "2026-01-01") == 2
    assert "takes no name" in capsys.readouterr().err


def test_an_unknown_word_exits_with_2(store, capsys):
    assert asked(store, "rollbak") == 2
    assert "'show', 'rollback', 'retire' or 'export'" in capsys.readouterr().err


def test_export_writes_the_file_with_the_model_card_beside_it(store, two, tmp_path, capsys):
    path = tmp_path / "new folder" / "champion.skops"
    assert asked(store, "export", str(path)) == 0
    assert "400 test images" in capsys.readouterr().out
    assert path.is_file()
    (card,) = path.parent.glob("*.md")
    assert two[1].model_sha256 in card.read_text()


@pytest.mark.parametrize("where", ["/proc/none/champion.skops", "champion.txt"])
def test_what_cannot_be_exported_is_said_and_exits_with_3(where, store, two, capsys):
    assert asked(store, "export", where) == 3
    assert f"{where};" in capsys.readouterr().err
