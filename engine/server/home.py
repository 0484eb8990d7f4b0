"""Prefect's own folder, PREFECT_HOME: looked at before anything of Prefect's needs it."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from prefect.settings import PREFECT_HOME

from engine.errors import PlainError

PRIVATE_FOLDER = 0o700


class HomeError(PlainError):
    """Prefect's folder cannot be made or written."""


def prefect_home() -> Path:
    """Return the folder that holds the database of Prefect's server and its secret."""
    return Path(PREFECT_HOME.value())


def require_home() -> None:
    """Make Prefect's folder if it is not there, and try to write in it.

    Without it a server of Prefect's own tries again and again to start.

    Raises
    ------
    HomeError
        If it cannot be made or written.
    """
    home = prefect_home()
    try:
        home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with TemporaryFile(dir=home) as trial:
            trial.write(b"-")
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as error:
        raise HomeError(
            f"Asked to keep Prefect's database and secret in {home}; it cannot be written: "
            f"{error.strerror or error}. Set PREFECT_HOME to a folder of your own with room."
        ) from error
