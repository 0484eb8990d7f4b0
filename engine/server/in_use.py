"""The Prefect server that a command talks to: the one that was named, or one of its own."""

import atexit
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from prefect.client.orchestration import get_client
from prefect.context import get_settings_context
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from engine.errors import PlainError
from engine.server.home import require_home
from engine.server.processes import server
from engine.server.secret import is_ours, server_secret

PROBE_SECONDS = 20.0  # one on a busy machine may take its time
UNKNOWN_HERE = (
    "it asks for a secret that this command does not have; set PREFECT_API_AUTH_STRING to it"
)
NO_PREFECT = "what answers there is no Prefect server"
_OWN: list[str] = []  # the address of the server that was started for this process alone


class ServerOutOfReach(PlainError):
    """The Prefect server that was named does not answer, or not to this command."""


def use_server() -> None:
    """Let this process use the named server, or one of its own, until the process ends.

    One of its own ends at Python's exit, after Prefect has sent it the last events, and by
    itself if this process is killed.

    Raises
    ------
    PlainError
        If the one that was named does not answer, or none could be started.
    """
    require_home()
    with ExitStack() as stack:
        api = PREFECT_API_URL.value()
        if api:
            needed = access_to(api)
            if needed != {PREFECT_API_URL: api}:
                stack.enter_context(temporary_settings(needed))
            require_answer(api)
        else:
            api, _ = stack.enter_context(server(0, dict(os.environ), lasting=False))
            stack.enter_context(temporary_settings(access_to_started(api)))
            _OWN.append(api)
        # nobody waits for a sign of life of a run that no deployment started, and at its end
        # Prefect would wait up to a second for the thread that gives them
        stack.enter_context(changed_settings("flows", heartbeat_frequency=None))
        atexit.register(stack.pop_all().close)


def access_to(api: str) -> dict[Any, Any]:
    """Return the settings of a client of the server at an API address.

    The secret of this project is sent to a server of this project alone. For another one the
    person sets PREFECT_API_AUTH_STRING.
    """
    if PREFECT_API_AUTH_STRING.value() or not is_ours(api):
        return {PREFECT_API_URL: api}
    return access_to_started(api)


def access_to_started(api: str) -> dict[Any, Any]:
    """Return the settings of a client of the server that this process has started."""
    return {PREFECT_API_URL: api, PREFECT_API_AUTH_STRING: server_secret()}


def is_own_server() -> bool:
    """Whether the server in use ends with this process; it has no UI."""
    return PREFECT_API_URL.value() in {None, *_OWN}


def server_name() -> str:
    """Name the server of this run: the one that was asked for, or its own."""
    if is_own_server():
        return "The Prefect server of this run"
    return f"Prefect's server {PREFECT_API_URL.value()}"


@contextmanager
def changed_settings(group: str, **values: int | None) -> Iterator[None]:
    """Change settings of Prefect in one of its groups for the time of a ``with`` block.

    Its own `temporary_settings` reads and checks all the others again, which takes 30 ms.
    """
    context = get_settings_context()
    changed = getattr(context.settings, group).model_copy(update=values)
    settings = context.settings.model_copy(update={group: changed})
    with context.model_copy(update={"settings": settings}):
        yield


def server_problem() -> str | None:
    """Ask Prefect's server once which version it is; return in words what was wrong, if anything.

    Another service at its address answers too, but not with a version.
    """
    how: dict[str, Any] = {"timeout": httpx.Timeout(PROBE_SECONDS)}
    if not str(PREFECT_API_URL.value()).startswith("https:"):
        how["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading certificates takes 20 ms
    try:
        with (
            changed_settings("client", max_retries=0),
            get_client(httpx_settings=how, sync_client=True) as client,
        ):
            version: object = client.api_version()
            if not (isinstance(version, str) and re.match(r"\d+\.\d+", version)):
                return NO_PREFECT
            client.request("GET", "/ready").raise_for_status()  # with its database
            return None
    except httpx.HTTPStatusError as error:
        answer = error.response
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return UNKNOWN_HERE
        return f"it answers {answer.status_code} {answer.reason_phrase}".strip()
    except (ValueError, RecursionError):  # its answer is no JSON
        return NO_PREFECT
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told in words
        return str(error) or type(error).__name__


def require_answer(api: str, *, named: bool = True) -> None:
    """Ask the server in use once, at an address that was named or where one of ours was found.

    Raises
    ------
    ServerOutOfReach
        If it does not answer, or not to this command.
    """
    problem = server_problem()
    if problem is None:
        return
    if named:
        raise ServerOutOfReach(
            f"PREFECT_API_URL names the Prefect server {api}; it does not answer as one "
            f"({problem}). Start it with `make ui`, correct the address, or unset PREFECT_API_URL: "
            "then one is started."
        )
    raise ServerOutOfReach(
        f"Found a server of this project at {api}; it does not answer ({problem}). End it and "
        "run the same command again."
    )
