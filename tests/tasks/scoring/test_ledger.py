"""What was answered is kept by content, whole or not at all."""

import sqlite3
import subprocess
import sys

import pytest

from engine.paths import ROOT
from tasks.handwriting.records import Piece
from tasks.scoring.ledger import FILE_NAME, Answer, LedgerError, opened_ledger

ANSWER = Answer(0, (1, 2, 3, 4), 7, 1, 0.98, 0.5, 3.25)


def piece(letter="a", first=0):
    return Piece(path="/x", kind="picture", sha256=letter * 64, first=first, stop=first + 1)


def test_an_answer_is_read_back_as_it_was_given(store):
    store.mkdir(parents=True)
    with opened_ledger(store, "model") as ledger:
        ledger.keep([(piece(), [ANSWER, ANSWER], ""), (piece("b"), [], "nothing there")])
    with opened_ledger(store, "model") as ledger:
        assert ledger.answers("a" * 64, 0) == ((ANSWER, ANSWER), "")
        assert ledger.answers("b" * 64, 0) == ((), "nothing there")
        assert ledger.knows("a" * 64, 0)
        assert not ledger.knows("a" * 64, 1)
        assert not ledger.knows("c" * 64, 0)


def test_another_model_or_code_has_answered_nothing_yet(store):
    store.mkdir(parents=True)
    with opened_ledger(store, "model") as ledger:
        ledger.keep([(piece(), [ANSWER], "")])
    with opened_ledger(store, "another") as ledger, pytest.raises(LedgerError, match="run again"):
        ledger.answers("a" * 64, 0)


def test_what_was_reported_is_known_for_one_model_and_scoring_alone_reports_nothing(store):
    store.mkdir(parents=True)
    with opened_ledger(store, "model") as ledger:
        ledger.keep([(piece(), [ANSWER], "")])
        assert not ledger.was_reported("a" * 64)
        ledger.report(["a" * 64, "a" * 64, "/b.csv: it is empty"])
    with opened_ledger(store, "model") as ledger:
        assert ledger.was_reported("a" * 64)
        assert ledger.was_reported("/b.csv: it is empty")
    with opened_ledger(store, "another") as ledger:
        assert not ledger.was_reported("a" * 64)


@pytest.mark.parametrize("content", [None, b"this is no database, it is a text" * 100])
def test_a_plan_knows_what_was_answered_and_changes_nothing(content, store):
    store.mkdir(parents=True)
    if content is None:
        with opened_ledger(store, "model") as ledger:
            ledger.keep([(piece(), [ANSWER], "")])
    else:
        (store / FILE_NAME).write_bytes(content)
    before = {path: path.read_bytes() for path in store.iterdir()}
    with opened_ledger(store, "model", for_plan=True) as ledger:
        assert ledger.knows("a" * 64, 0) == (content is None)
    assert {path: path.read_bytes() for path in store.iterdir()} == before
    with opened_ledger(store / "none", "model", for_plan=True) as ledger:
        assert not ledger.knows("a" * 64, 0)


def test_a_damaged_ledger_is_set_aside(store):
    store.mkdir(parents=True)
    (store / FILE_NAME).write_bytes(b"this is no database, it is a text" * 100)
    with opened_ledger(store, "model") as ledger:
        assert not ledger.knows("a" * 64, 0)
    assert len(list((store / "damaged").iterdir())) == 1


def test_a_kill_while_pieces_are_written_leaves_all_of_them_or_none(store):
    store.mkdir(parents=True)
    code = f"""
import os, signal, sqlite3
from pathlib import Path
from tasks.scoring.ledger import opened_ledger
from tests.tasks.scoring.test_ledger import ANSWER, piece
with opened_ledger(Path({str(store)!r}), "model") as ledger:
    ledger.keep([(piece("a"), [ANSWER], "")])
    rows = [("model", "b" * 64, 0, "[]", "")]
    ledger._connection.execute("INSERT INTO answers VALUES (?,?,?,?,?)", rows[0])
    os.kill(os.getpid(), signal.SIGKILL)
"""  # noqa: S608 - the test's own words
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == -9
    with opened_ledger(store, "model") as ledger:
        assert ledger.knows("a" * 64, 0)
        assert not ledger.knows("b" * 64, 0)


def test_nothing_is_kept_where_nothing_can_be_written(store):
    store.mkdir(parents=True)
    with opened_ledger(store, "model"):
        pass
    with opened_ledger(store, "x") as ledger:
        ledger._connection.execute("PRAGMA query_only = 1")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            ledger.keep([(piece(), [ANSWER], "")])
        assert not ledger.knows("a" * 64, 0)
