"""The connection to a scheduler: its workers are looked at, told what they offer, and given work.

Each worker computes one step at a time with all its threads, so that no core and no memory is
promised twice. A worker that joins later is looked at in the same way.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cluster.look import Facts, look, made_of
from engine.cluster.where import ANSWER_SECONDS, ClusterError, Where, require_listener
from engine.store.probe import traced

if TYPE_CHECKING:
    from distributed import Client

Seen = Callable[[], Awaitable[Facts]]
STEPS, MEMORY = "steps", "memory"  # what Dask calls resources of a worker; memory in bytes
GB = 1e9
LOOPBACK = "127.0.0.1"
AGAIN_SECONDS = 2.0
DRAIN_SECONDS = 5.0
# a worker of this process shares its terminal, which the display alone writes to
QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "DASK_LOGGING__DISTRIBUTED": "critical",
}


class Connection:
    """A client of a scheduler and the workers that may be given steps."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._seen: dict[str, dict[str, float]] = {}
        self._looked = float("-inf")

    def offers(self) -> dict[str, dict[str, float]]:
        """Return what each worker offers that may be given steps, looked up every 2 s."""
        now = time.monotonic()
        if now - self._looked > AGAIN_SECONDS:
            self._looked = now
            with suppress(OSError, TimeoutError):  # the future that is waited for tells it
                found = self._client.scheduler_info()["workers"]
                self._seen = {
                    address: each["resources"] | {"threads": each["nthreads"]}
                    for address, each in found.items()
                    if STEPS in each["resources"]
                }
        return self._seen

    @property
    def n_workers(self) -> int:
        """How many workers may be given steps."""
        return len(self.offers())

    def require_room_for(self, what: str, memory: int) -> None:
        """Refuse a step that needs more memory, in bytes, than any worker has.

        Raises
        ------
        ClusterError
            With both numbers.
        """
        largest = max((each[MEMORY] for each in self.offers().values()), default=None)
        if largest is not None and memory > largest:
            raise ClusterError(
                f"The task '{what}' needs about {memory / GB:.1f} GB of memory; the largest worker "
                f"has {largest / GB:.1f} GB, so it was not started. Start workers with more "
                "(`dask worker --memory-limit`), fewer on each machine, or leave --runner at local."
            )

    def submit(self, function: Callable[..., Any], order: Any, *, key: str, memory: int) -> Any:
        """Give a worker something to compute; return Dask's future."""
        resources = {STEPS: 1.0, MEMORY: float(memory)}
        return self._client.submit(function, order, key=key, resources=resources, pure=False)


@contextmanager
def connected(
    where: Where, store: Path, api: str | None, *, say: Callable[[str], None]
) -> Iterator[Connection]:
    """Open the cluster that is asked for, and close it after the block.

    Raises
    ------
    ClusterError
        If it does not answer, a process of it has other code, libraries or another store, or does
        not reach Prefect's server.
    """
    from distributed import WorkerPlugin

    with _looked_at(where, store, api) as (client, seen, facts):
        client.register_plugin(_offering(WorkerPlugin, seen), name=f"offer-{os.getpid()}")
        connection = Connection(client)
        say(_told(client, connection, facts))
        try:
            yield connection
        finally:
            with suppress(Exception):  # a lost scheduler cannot be told; its workers end by others
                if where.scheduler is None:
                    client.run(drain_events)
                client.unregister_worker_plugin(f"offer-{os.getpid()}")


def require_cluster(where: Where, store: Path, api: str | None) -> None:
    """Look at a cluster that is already running, and leave it as it is.

    Raises
    ------
    ClusterError
        As `connected` says.
    """
    if where.scheduler is None:
        return
    with _looked_at(where, store, api):
        pass


@contextmanager
def _looked_at(
    where: Where, store: Path, api: str | None
) -> Iterator[tuple["Client", Seen, Mapping[str, Facts]]]:
    """Open a cluster; give its client, how a worker is looked at, and what was seen of each."""
    if where.scheduler:
        require_listener(where.scheduler)
    _keep_dask_quiet()
    expected = made_of()
    with traced(store) as trace, _opened(where) as client:
        seen = partial(look, expected, trace, api)
        yield client, seen, _look_at(client, partial(look, expected, None, None), seen, where)


@contextmanager
def _opened(where: Where) -> Iterator["Client"]:
    import dask
    from prefect_dask.task_runners import DaskTaskRunner

    settings: dict[str, Any] = {"distributed.comm.timeouts.connect": f"{ANSWER_SECONDS:.0f}s"}
    if where.scheduler:
        asked = DaskTaskRunner(address=where.scheduler, client_kwargs={"timeout": ANSWER_SECONDS})
    else:
        from distributed import LocalCluster

        asked = DaskTaskRunner(
            cluster_class=LocalCluster, cluster_kwargs=_workers_here(where.n_jobs)
        )
        before = "distributed.nanny.pre-spawn-environ"
        settings[before] = dask.config.get(before) | QUIET
    with dask.config.set(settings), asked:
        try:
            client = asked.client
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"Asked for the Dask scheduler {where.scheduler or 'of this machine'}; it does not "
                f"answer as one: {str(error) or type(error).__name__}. Is it a Dask scheduler of "
                "the same version, and are the certificates those of Dask's configuration?"
            ) from error
        yield client


def _workers_here(n_jobs: int) -> dict[str, Any]:
    """Return how Dask starts workers of this machine: no other user may reach them."""
    from distributed.security import Security
    from joblib import cpu_count

    threads = max(1, n_jobs)
    return {
        "n_workers": max(1, cpu_count() // threads),
        "threads_per_worker": threads,
        "processes": True,
        "host": LOOPBACK,
        "protocol": "tls://",  # a port of loopback is open to every user; a certificate is not
        "security": Security.temporary(),
        "dashboard_address": f"{LOOPBACK}:0",
        "silence_logs": logging.CRITICAL,
    }


def _look_at(
    client: "Client",
    scheduler: Seen,
    worker: Seen,
    where: Where,
) -> Mapping[str, Facts]:
    place = where.scheduler or "of this machine"
    found: dict[str, Facts | BaseException] = client.run(worker, on_error="return")
    if not found:
        raise ClusterError(
            f"Asked for the Dask scheduler {place}; it has no workers. Start some with "
            f"`dask worker {where.scheduler}`."
        )
    if where.scheduler:
        try:
            ours: Facts | BaseException = client.run_on_scheduler(scheduler)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            ours = error
        found = {f"the scheduler {where.scheduler}": ours} | found
    facts = {}
    for name, each in found.items():
        problem = each.problem if isinstance(each, Facts) else _without_code(each)
        if problem:
            raise ClusterError(
                f"Asked for the Dask scheduler {place}; {name} cannot be used: {problem}. Start it "
                "again from a folder with the same code, in an environment made by "
                "`make setup-cluster`; the page 'More than one machine' says how."
            )
        if isinstance(each, Facts):
            facts[name] = each
    return facts


def _without_code(error: BaseException) -> str:
    # Dask gives an error of a module that is not there as a text
    if isinstance(error, ImportError) or "No module named" in str(error):
        return f"it does not find this project's code ({error})"
    return f"it cannot be looked at ({error!r})"


def _offering(plugin: type, seen: Seen) -> Any:
    """Return a plugin of a worker that lets it take steps, if nothing speaks against that."""

    class Offer(plugin):  # type: ignore[misc]  # Dask may not be installed, so its class is given
        async def setup(self, worker: Any) -> None:
            if not (await seen()).problem:
                limit = worker.memory_manager.memory_limit or float("inf")
                await worker.set_resources(**{STEPS: 1.0, MEMORY: float(limit)})

    return Offer()


async def drain_events() -> None:
    """Send what Prefect has not yet sent of this worker's steps: it is about to end."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for service in (EventsWorker, APILogWorker):
        # in a thread, since Dask calls this in its event loop
        await asyncio.to_thread(service.drain_all, timeout=DRAIN_SECONDS)


def _told(client: "Client", connection: Connection, facts: Mapping[str, Facts]) -> str:
    offers = connection.offers()
    workers = [
        f"process {facts[address].pid} on {facts[address].host}, {each['threads']:.0f} threads, "
        f"{each[MEMORY] / GB:.1f} GB"
        for address, each in offers.items()
        if address in facts
    ]
    return (
        f"Dask cluster with {len(offers)} workers: {'; '.join(workers)}. "
        f"Dashboard {client.dashboard_link}"
    )


def _keep_dask_quiet() -> None:
    """Leave the terminal to this project's own sentences."""
    import distributed  # noqa: F401 - it sets its handlers when it is loaded

    for name in ("distributed", "distributed.client", "tornado", "bokeh"):
        for handler in logging.getLogger(name).handlers:
            handler.setLevel(logging.CRITICAL)
    logging.getLogger("prefect.task_runner.dask").setLevel(logging.CRITICAL)
