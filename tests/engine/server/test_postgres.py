"""Prefect's server on Postgres: nights, runs at once, a database that is lost, and pruning."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    temporary_settings,
)

from engine.server.database import DatabaseError, prune_database, require_database, without_secrets
from tests.support.dask_cluster import ran, started
from tests.support.nightly_for_tests import Night, nights
from tests.support.postgres import PASSWORD, postgres
from tests.support.prefect_server import clean_environment, run_module, running_server

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.slow]
SETTING = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
JOINED = "joined: fit 0, fit 1, fit 2, fit 3"


@pytest.fixture(scope="module")
def database():
    """A Postgres with an empty database."""
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def on_postgres(database, tmp_path_factory):
    """A server whose database is Postgres; it alone is told the address."""
    home = tmp_path_factory.mktemp("prefect-home")
    with running_server(home, **{SETTING: database.url}) as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    """A folder for one store, in which fits are short."""
    (tmp_path / "seconds").write_text("0.2")
    return tmp_path


def test_a_scheduled_run_on_postgres_ends_and_its_password_is_nowhere(on_postgres, tmp_path):
    """The runs of the worker do not have it either, although the command does."""
    environment = on_postgres.environment | {SETTING: f"postgresql+asyncpg://a:{PASSWORD}@h/d"}
    with nights(environment, tmp_path) as command:
        night = Night(on_postgres, tmp_path)
        state = night.wait(night.add_run())
        said = "".join(command.said)
        assert state["type"] == "COMPLETED", f"{state}\n{said}"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    files += Path(on_postgres.environment["PREFECT_HOME"]).rglob("*.log")
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in said
    assert SETTING not in without_secrets(environment)


def test_four_runs_at_once_with_stores_of_their_own_end(on_postgres, tmp_path):
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
        (folder / "seconds").write_text("0.2")
    runs = [started(on_postgres, folder) for folder in folders]
    for process in runs:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err + out
        assert JOINED in out
    newest = on_postgres.flow_runs()[:4]
    assert {run["state"]["type"] for run in newest} == {"COMPLETED"}


def test_a_database_that_comes_back_in_mid_run_is_waited_for(on_postgres, database, folder):
    (folder / "seconds").write_text("4")
    process = started(on_postgres, folder)
    while not (folder / "fits").exists():
        assert process.poll() is None
        time.sleep(0.1)
    database.stop()
    time.sleep(3)
    database.start()
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err + out
    assert JOINED in out
    assert ran(on_postgres, folder).count(": reused") == 5


def test_a_database_that_is_down_or_refuses_is_told_before_a_server_starts(database, tmp_path):
    wrong = database.url.replace(PASSWORD, "another")
    for url, told in ((wrong, "password authentication failed"), (None, "onnect")):
        if url is None:
            database.stop()
        try:
            environment = clean_environment(tmp_path) | {SETTING: url or database.url}
            knobs = ("--dataset=digits", f"--store-dir={tmp_path / 'store'}")
            done = run_module(
                *("flows.full_run", *knobs, f"--output-dir={tmp_path / 'out'}"),
                environment=environment,
            )
        finally:
            if url is None:
                database.start()
        assert done.returncode == 3, done.stderr + done.stdout
        assert told in done.stderr
        assert f"prefect:***@127.0.0.1:{database.port}/prefect" in done.stderr
        assert not any(
            word in done.stderr + done.stdout for word in (PASSWORD, "another", "Traceback")
        )


@pytest.mark.parametrize("url", ["postgresql://", "nothing", "sqlite+aiosqlite:///x.db"])
def test_only_an_address_of_postgres_is_asked_and_one_that_is_none_is_told(url):
    with temporary_settings({PREFECT_SERVER_DATABASE_CONNECTION_URL: url}):
        if url.startswith("sqlite"):
            require_database()
        else:
            with pytest.raises(DatabaseError, match=SETTING):
                require_database()


def test_a_server_whose_database_is_not_known_here_is_not_pruned():
    with (
        temporary_settings({PREFECT_API_URL: "http://10.0.0.1:4200/api"}),
        pytest.raises(DatabaseError, match="its database is not known here"),
    ):
        prune_database(30, remove=True)


def test_what_is_older_than_some_days_goes_from_the_server(on_postgres, database, folder):
    """Runs are given an end of long ago, as those of a server that is old have."""
    ran(on_postgres, folder)
    old = on_postgres.flow_runs()[0]["id"]
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    make_old(database, old, long_ago)
    known = {PREFECT_SERVER_DATABASE_CONNECTION_URL: database.url, PREFECT_API_URL: None}
    with temporary_settings(known):
        young = prune_database(60, remove=True)
        found = prune_database(30, remove=False)
        assert old in {run["id"] for run in on_postgres.flow_runs()}
        assert prune_database(30, remove=True) == found
        left = prune_database(30, remove=False)
    assert young["flow runs"] == 0
    assert found["flow runs"] == 1
    assert found["logs"] > 0
    assert found["events"] > 0
    assert set(left.values()) == {0}
    kept = {run["id"] for run in on_postgres.flow_runs()}
    assert old not in kept


def make_old(database, flow_run_id, ended):
    """Let a flow run and the events of now have come about long ago."""
    sql = (  # of this test's own values
        f"update flow_run set end_time = '{ended}' where id = '{flow_run_id}';"  # noqa: S608
        f"update events set occurred = '{ended}'; update event_resources set occurred = '{ended}'"
    )
    where = ("-h", "127.0.0.1", "-p", str(database.port), "-U", "prefect", "prefect")
    database.run("psql", *where, "-c", sql)
