"""What was answered before, by content: an image is scored once for one model and one code.

One SQLite file in the folder of the answers: a piece is written in one transaction, so that a
kill leaves it answered whole or not at all, and memory does not grow with what was answered.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from engine.errors import PlainError
from engine.store.files import set_aside
from tasks.handwriting.records import Piece

FILE_NAME = "answers.sqlite"
_TABLES = """CREATE TABLE IF NOT EXISTS answers (
    setting TEXT, sha256 TEXT, first INTEGER, found TEXT, problem TEXT,
    PRIMARY KEY (setting, sha256, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reported (
    setting TEXT, name TEXT, PRIMARY KEY (setting, name)) WITHOUT ROWID"""


class Answer(NamedTuple):
    """The answer about one digit: its image's row in the file, its box there, and how sure."""

    row: int
    box: tuple[int, int, int, int]
    digit: int
    runner_up: int
    probability: float
    lead: float
    distance: float


class LedgerError(PlainError):
    """What was answered before cannot be read or written."""


class Ledger:
    """Answers by the digest of the file that each piece is of.

    Parameters
    ----------
    connection : sqlite3.Connection
    setting : str
        Stands for the model, the code and the options that decide an answer.
    """

    def __init__(self, connection: sqlite3.Connection, setting: str) -> None:
        self._connection = connection
        self._setting = setting

    def knows(self, sha256: str, first: int) -> bool:
        """Whether a piece was answered, or found unreadable."""
        return self._row("1", sha256, first) is not None

    def answers(self, sha256: str, first: int) -> tuple[tuple[Answer, ...], str]:
        """Return what was answered about a piece, and the problem with it, if any."""
        row = self._row("found, problem", sha256, first)
        if row is None:
            raise LedgerError(f"A file of sha256 {sha256} was not scored; run again.")
        return tuple(Answer(r, tuple(b), *rest) for r, b, *rest in json.loads(row[0])), row[1]

    def keep(self, pieces: list[tuple[Piece, list[Answer], str]]) -> None:
        """Write what was answered about some pieces, all of it or nothing."""
        rows = [
            (self._setting, piece.sha256, piece.first, json.dumps(found), problem)
            for piece, found, problem in pieces
        ]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)", rows)

    def was_reported(self, name: str) -> bool:
        """Whether a report of a run that came to its end holds what goes by this name."""
        query = "SELECT 1 FROM reported WHERE setting=? AND name=?"
        return self._connection.execute(query, (self._setting, name)).fetchone() is not None

    def report(self, names: Iterable[str]) -> None:
        """Write down what a report holds."""
        rows = [(self._setting, name) for name in names]
        with self._connection:
            self._connection.executemany("INSERT OR IGNORE INTO reported VALUES (?,?)", rows)

    def _row(self, what: str, sha256: str, first: int) -> tuple[str, str] | None:
        query = f"SELECT {what} FROM answers WHERE setting=? AND sha256=? AND first=?"  # noqa: S608 - of this module's own words
        found: tuple[str, str] | None = self._connection.execute(
            query, (self._setting, sha256, first)
        ).fetchone()
        return found


@contextmanager
def opened_ledger(folder: Path, setting: str, *, for_plan: bool = False) -> Iterator[Ledger]:
    """Open the ledger of a folder; a damaged one is set aside, and everything is scored again.

    One that is opened `for_plan` is not made, changed or set aside.

    Raises
    ------
    LedgerError
        If it cannot be read or written.
    """
    path = folder / FILE_NAME
    try:
        connection = _connected(path, for_plan=for_plan)
    except sqlite3.DatabaseError:
        if not for_plan:
            set_aside(path)
        connection = _connected(path, for_plan=for_plan, is_new=True)
    try:
        yield Ledger(connection, setting)
    except sqlite3.Error as error:
        raise LedgerError(
            f"What was answered before is kept in {path}; it cannot be used ({error}). Give the "
            "answers a folder with room and write permission (--answers-dir), or move it away."
        ) from error
    finally:
        connection.close()


def _connected(path: Path, *, for_plan: bool, is_new: bool = False) -> sqlite3.Connection:
    """Open the file; a plan gets a copy in memory, empty if there is none."""
    if not for_plan:
        connection = sqlite3.connect(path)
    else:
        connection = sqlite3.connect(":memory:")
        if path.is_file() and not is_new:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as kept:
                kept.backup(connection)
    try:
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection
