"""Where fits are computed, as it was asked for; looked at without loading Dask."""

import re
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

from engine.errors import PlainError, UsageError

ANSWER_SECONDS = 5.0
ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}")


class ClusterError(PlainError):
    """The cluster cannot be used for this run, or was lost in the middle of it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Workers that are asked for.

    Without a `scheduler` they are processes of this machine, which end with the run: one for every
    `n_jobs` of its cores, one for each core if `n_jobs` is -1.
    """

    scheduler: str | None
    n_jobs: int


def read_address(text: str) -> None:
    """Refuse what cannot be a scheduler's address.

    Raises
    ------
    UsageError
        If it has another form than ``tcp://host:port`` or ``tls://host:port``.
    """
    if not ADDRESS.fullmatch(text) or not 0 < int(text.rpartition(":")[2]) < 2**16:
        raise UsageError("give it as tcp://host:port or tls://host:port, such as tcp://node1:8786")


def require_extra() -> None:
    """Look for Dask without loading it.

    Raises
    ------
    ClusterError
        If it is not installed; says the command.
    """
    if any(find_spec(name) is None for name in ("distributed", "prefect_dask")):
        raise ClusterError(
            "Asked for --runner dask; Dask and Prefect's runner for it are not installed. Install "
            "them with `make setup-cluster`, or leave --runner at local."
        )


def require_listener(scheduler: str) -> None:
    """Try for some seconds to reach the port of a scheduler.

    Raises
    ------
    ClusterError
        If nobody listens there, or who does says nothing: Dask greets who calls, and its client
        would wait for that for ever. With TLS the caller speaks first.
    """
    address = urlsplit(scheduler)
    place = (address.hostname or "", address.port or 0)
    try:
        with socket.create_connection(place, ANSWER_SECONDS) as connection:
            if address.scheme == "tcp" and not connection.recv(1):
                raise _no_scheduler(scheduler)
    except TimeoutError:
        raise _no_scheduler(scheduler) from None
    except OSError as error:
        raise ClusterError(
            f"Asked for the Dask scheduler {scheduler}; nobody answers there "
            f"({error.strerror or error}). Start it with `dask scheduler`, correct the address, "
            "or leave --scheduler out: then workers of this machine are started for the run."
        ) from None


def _no_scheduler(scheduler: str) -> ClusterError:
    return ClusterError(
        f"Asked for the Dask scheduler {scheduler}; it does not answer as one within "
        f"{ANSWER_SECONDS:.0f} s. Correct the address, or start it again."
    )
