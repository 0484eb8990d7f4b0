"""A Prefect server on loopback for the time of a benchmark, with a home of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.settings import PREFECT_HOME, temporary_settings

from benchmarks.measure import clean_environment
from engine.server.processes import server
from engine.server.secret import server_secret


@contextmanager
def running_server(home: Path) -> Iterator[dict[str, str]]:
    """Start a server as `make nightly` does, wait until it answers, and stop it.

    Yields
    ------
    dict
        The environment in which a flow runs against it.

    Raises
    ------
    PlainError
        If it does not answer within two minutes.
    """
    environment = clean_environment(home)
    with (
        temporary_settings({PREFECT_HOME: home.resolve()}),
        server(0, environment, home / "server.log") as (api, _),
    ):
        yield environment | {"PREFECT_API_URL": api, "PREFECT_API_AUTH_STRING": server_secret()}
