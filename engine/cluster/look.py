"""What a scheduler or a worker is, compared with the process that wants to use it."""

import asyncio
import os
import platform
import socket
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import NamedTuple

from engine.cache.code import project_digests
from engine.differences import changes
from engine.errors import PlainError
from engine.run.provenance import LIBRARIES
from engine.store.probe import Trace, look_at_trace

MADE_OF = (*LIBRARIES, "dask", "distributed", "pydantic", "cloudpickle")
MOST_NAMED = 4


class Facts(NamedTuple):
    """One process of a cluster; `problem` says why it cannot be used, if it cannot."""

    pid: int
    host: str
    problem: str = ""


def made_of() -> dict[str, str]:
    """Return the versions and the digests of the code that must be the same everywhere."""
    versions = {name: metadata.version(name) for name in MADE_OF}
    python = ".".join(map(str, sys.version_info[:2]))
    code = {f"code of {module}": digest[:12] for module, digest in project_digests().items()}
    return {"python": python, "system": platform.machine()} | versions | code


async def look(expected: Mapping[str, str], trace: Trace | None, api: str | None) -> Facts:
    """Look at this process from the inside, beside Dask's event loop, which must go on.

    Parameters
    ----------
    expected : dict
        What `made_of` gives in the process that asks.
    trace : Trace, optional
        What lies in the store that it must be able to use; a scheduler needs none.
    api : str, optional
        The address of Prefect's server that it must reach.
    """
    problem = await asyncio.to_thread(_problem, expected, trace, api)
    return Facts(os.getpid(), socket.gethostname(), problem)


def _problem(expected: Mapping[str, str], trace: Trace | None, api: str | None) -> str:
    return difference(expected) or _cannot_use(trace) or _cannot_reach(api)


def difference(expected: Mapping[str, str]) -> str:
    """Say what this process is made of that is not expected; nothing if all is the same."""
    found = changes(expected, made_of())
    named = "; ".join(f"{each.name} is {each.new}, not {each.old}" for each in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{named}{more}"


def _cannot_use(trace: Trace | None) -> str:
    try:
        if trace is not None:
            look_at_trace(trace)
    except PlainError as error:
        return str(error)
    return ""


def _cannot_reach(api: str | None) -> str:
    from engine.server.processes import answers

    if api is None or answers(api):
        return ""
    return (
        f"it does not reach Prefect's server {api}; set PREFECT_API_URL to one that every machine "
        "reaches"
    )
