"""Open and ask a model in a fresh process: ``python -m tasks.champion.smoke_test STORE RECORD``.

Nothing of the run that fitted it is there: what works here works wherever the store is.
"""

import subprocess
import sys
from pathlib import Path

from engine.errors import PlainError
from engine.paths import ROOT
from engine.run.exit_codes import DONE, STOPPED
from engine.store.location import store_at, store_root
from engine.store.objects import load_array
from engine.store.sealed import read_sealed
from tasks.champion.load import open_model
from tasks.champion.records import Champion
from tasks.errors import DataError

PATIENCE_SECONDS = 300


def failure_of(record: Path) -> str | None:
    """Open a champion's model in a fresh process; return why it failed, or None.

    Parameters
    ----------
    record : Path
        The sealed record of a champion or challenger in the store in use.
    """
    command = [sys.executable, "-m", "tasks.champion.smoke_test", str(store_root()), str(record)]
    try:
        done = subprocess.run(  # noqa: S603 - this project's own module
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"The model did not answer within {PATIENCE_SECONDS} s in a fresh process."
    if done.returncode == DONE:
        return None
    if done.returncode == STOPPED:
        return done.stderr.strip()
    last = (done.stderr.strip() or "without a word").splitlines()[-1]
    return f"A fresh process that opened the model ended with code {done.returncode}: {last}"


def ask_model(champion: Champion) -> int:
    """Score the test images and compare with the stored scores; return how many there were.

    All are scored at once, as they were when the model was judged: float32 sums over fewer rows
    round otherwise. The model's digest is checked before a byte of it is unpickled.

    Raises
    ------
    DamagedFile
        If the model is not the file that was stored.
    DataError
        If it answers otherwise than it did, or was made by another scikit-learn.
    """
    import numpy as np

    from tasks.models.fitting import class_scores
    from tasks.models.rows import load_rows

    rows = load_rows(champion.test)
    model = open_model(champion)
    method = champion.fitted.candidate.response_method
    found = class_scores(model, rows, method)
    expected = load_array(champion.evaluation.scores)
    predicted = np.asarray(champion.fitted.classes)[found.argmax(axis=1)]
    differing = int((predicted != load_array(champion.evaluation.predictions)).sum())
    if differing or not np.allclose(found, expected):
        raise DataError(
            f"The model of {champion.name} was asked for {len(rows)} test rows in a fresh "
            f"process; {differing} of its classes, or its scores, are not those it was judged by. "
            "It is not put into use. Run again, or fit anew with another --seed."
        )
    return len(rows)


def answer(arguments: list[str]) -> int:
    """Open and ask the model that the arguments name; return the exit code."""
    if len(arguments) != 2 or "--help" in arguments:
        print(__doc__)  # noqa: T201 - this is a command
        return DONE if "--help" in arguments else STOPPED
    store, record = arguments
    with store_at(Path(store)):
        try:
            n = ask_model(read_sealed(Path(record), Champion))
        except PlainError as error:
            print(error, file=sys.stderr)  # noqa: T201 - as above
            return STOPPED
    print(f"{n} test rows: the scores the model was judged by")  # noqa: T201 - as above
    return DONE


if __name__ == "__main__":
    sys.exit(answer(sys.argv[1:]))
