"""The database of Prefect's server: SQLite under PREFECT_HOME, or the Postgres that is named.

One setting names it, Prefect's own PREFECT_SERVER_DATABASE_CONNECTION_URL. It may hold a password,
so it is never shown, and goes to the server alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    PREFECT_SERVER_EVENTS_RETENTION_PERIOD,
    PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD,
    temporary_settings,
)

from engine.errors import PlainError
from engine.server.secret import is_ours

if TYPE_CHECKING:
    from sqlalchemy import URL

SETTING = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
# names of variables that hold what only a server may know
SECRETS = frozenset({SETTING, "PREFECT_API_DATABASE_CONNECTION_URL"}) | {
    f"PREFECT_{part}_DATABASE_PASSWORD" for part in ("SERVER", "API")
}
ANSWER_SECONDS = 10.0
SQLITE_FILE = "sqlite+aiosqlite:///"


class DatabaseError(PlainError):
    """The database that was named cannot be used."""


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what leads into the database: a run needs none of it."""
    return {name: value for name, value in environment.items() if name not in SECRETS}


def require_database() -> None:
    """Connect once to the Postgres that is named; to SQLite nothing needs to be asked.

    Raises
    ------
    DatabaseError
        If it does not answer, or not to this name and password; the password is not shown.
    """
    if _text().startswith(SQLITE_FILE):  # reading any address takes 0.1 s, to import SQLAlchemy
        return
    url = _named()
    if not _is_postgres(url):
        return
    try:
        asyncio.run(_connect(url))
    except Exception as error:  # noqa: BLE001 - of the system, of Postgres, of the driver
        reason = str(error) or type(error).__name__
        raise DatabaseError(
            f"{SETTING} names the database {url.render_as_string(hide_password=True)}; it cannot "
            f"be used: {reason}. Start it, correct the setting, or unset it: then Prefect keeps "
            "its runs in SQLite."
        ) from None  # what is behind it could show the password


async def _connect(url: "URL") -> None:
    import asyncpg

    connection = await asyncpg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database,
        timeout=ANSWER_SECONDS,
    )
    await connection.close()


def prune_database(days: int, *, remove: bool) -> dict[str, int]:
    """Count, or remove, what Prefect's server keeps of flow runs that ended so many days ago.

    Returns
    -------
    dict of str to int
        How many there are, or were: flow runs with their artifacts and logs, and events.

    Raises
    ------
    DatabaseError
        If the server in use has a database that this command does not know.
    """
    api = PREFECT_API_URL.value()
    if api and not is_ours(api) and not _is_postgres(_named()):
        raise DatabaseError(
            f"Asked for what the server {api} keeps; its database is not known here. Set {SETTING} "
            "to it, or run the command on the server's machine without PREFECT_API_URL."
        )
    require_database()
    age = timedelta(days=days)
    kept = {
        PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD: age,
        PREFECT_SERVER_EVENTS_RETENTION_PERIOD: age,
    }
    with temporary_settings(kept):
        return asyncio.run(_pruned(datetime.now(UTC) - age, remove=remove))


async def _pruned(before: datetime, *, remove: bool) -> dict[str, int]:
    from prefect.server.database import provide_database_interface
    from prefect.server.services import db_vacuum
    from sqlalchemy import func, select

    db = provide_database_interface()
    old = select(db.FlowRun.id).where(
        db.FlowRun.end_time < before, db.FlowRun.parent_task_run_id.is_(None)
    )
    counts = {
        "flow runs": select(func.count()).select_from(old.subquery()),
        "artifacts": select(func.count(db.Artifact.id)).where(db.Artifact.flow_run_id.in_(old)),
        "logs": select(func.count(db.Log.id)).where(db.Log.flow_run_id.in_(old)),
        "events": select(func.count(db.Event.id)).where(db.Event.occurred < before),
    }
    async with db.session_context() as session:
        found = {
            name: int((await session.execute(each)).scalar_one()) for name, each in counts.items()
        }
    if remove:
        steps: tuple[Callable[..., Awaitable[None]], ...] = (
            db_vacuum.vacuum_old_flow_runs,
            db_vacuum.vacuum_old_events,
            db_vacuum.vacuum_stale_artifact_collections,
        )
        for step in steps:
            await step(db=db)
    return found


def _is_postgres(url: "URL") -> bool:
    return url.drivername.startswith("postgresql")


def _named() -> "URL":
    """Return the address of the database; Prefect's own is a file of SQLite under PREFECT_HOME."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(_text())
    except ArgumentError:
        raise DatabaseError(
            f"{SETTING} is no address of a database. Give it as "
            "postgresql+asyncpg://NAME:PASSWORD@HOST:5432/DATABASE."
        ) from None


def _text() -> str:
    named = PREFECT_SERVER_DATABASE_CONNECTION_URL.value()
    return str(named.get_secret_value() if hasattr(named, "get_secret_value") else named)
