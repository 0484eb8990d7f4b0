"""Dask's workers as a run uses them: opened with the first step that needs one, closed at its end.

Prefect's own runner for Dask opens them. Its future takes every failure for an end, so here the
state of a step must be final, or the run is told what was lost.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NoReturn
from uuid import UUID, uuid4

from prefect import Task
from prefect.settings import PREFECT_API_URL

from engine.cache.task import CORES, bound_arguments, memory_needed
from engine.cluster.connection import Connection, connected
from engine.cluster.order import Done, Order, carry_out, named, packed_context
from engine.cluster.where import ClusterError, Where
from engine.run.crashed import close_task_run
from engine.store.location import store_root

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 30.0  # for workers to come back; a nanny starts a new one within some seconds


class Cluster:
    """Computes steps of one flow run elsewhere; any thread of the run may ask it.

    Parameters
    ----------
    where : Where
    say : callable
        Takes a line of text about the workers.
    """

    def __init__(self, where: Where, *, say: Callable[[str], None]) -> None:
        self._where = where
        self._say = say
        self._stack = ExitStack()
        self._opening = threading.Lock()
        self._connection: Connection | None = None
        self._context = b""
        self._at_work: dict[UUID, Any] = {}  # Dask's futures by the task runs they stand for
        self._lost = ""

    @property
    def room(self) -> int:
        """How many steps can be at work at the same time, as far as it is known."""
        return self._connection.n_workers if self._connection else 1

    def compute(
        self, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], upstream: Any
    ) -> Done:
        """Compute a step on a worker, and wait until its state is final.

        Raises
        ------
        ClusterError
            If the cluster cannot be used, or is lost.
        """
        connection = self._opened()
        needed = memory_needed(task, *args, **kwargs)
        connection.require_room_for(task.name, needed)
        module, name = named(task)
        order = Order(
            store=store_root(),
            module=module,
            task=name,
            task_run_id=uuid4(),
            # how many cores a step takes is for the worker to say
            parameters=bound_arguments(task, *args, **kwargs) | {CORES: -1},
            upstream=tuple(upstream),
            context=self._context,
        )
        if self._lost:
            raise ClusterError(self._lost)
        future = connection.submit(
            carry_out, order, key=f"{name}-{order.task_run_id}", memory=needed
        )
        self._at_work[order.task_run_id] = future
        try:
            done = self._waited_for(task, future, connection, needed)
        except ClusterError:
            close_task_run(order.task_run_id, "Its worker or the cluster was lost.")
            raise
        finally:
            self._at_work.pop(order.task_run_id, None)
        return done

    def give_up(self) -> None:
        """Let nothing more be computed: the run ends before its end."""
        self._lost = self._lost or "The run ended while the step was on a worker."
        for future in list(self._at_work.values()):
            with suppress(Exception):  # the scheduler may be gone
                future.cancel()

    def close(self) -> None:
        """Leave the cluster; workers that were started for this run end."""
        self._stack.close()

    def _opened(self) -> Connection:
        with self._opening:
            if self._connection is None:
                api = PREFECT_API_URL.value()
                self._connection = self._stack.enter_context(
                    connected(self._where, store_root(), api, say=self._say)
                )
                self._context = packed_context()
            return self._connection

    def _waited_for(
        self, task: Task[..., Any], future: Any, connection: Connection, needed: int
    ) -> Done:
        ended = threading.Event()
        future.add_done_callback(lambda _: ended.set())
        alone_since: float | None = None
        while not ended.wait(POLL_SECONDS):
            if self._lost:
                raise ClusterError(self._lost)
            if connection.n_workers:
                alone_since = None
                connection.require_room_for(task.name, needed)  # the large ones may have left
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > PATIENCE_SECONDS:
                self._fail(f"no worker was left for {PATIENCE_SECONDS:.0f} s")
        if future.status != "finished":
            self._fail(_what_ended(task.name, future))
        done: Done = future.result()
        if not done.state.is_final():
            self._fail(f"the task '{task.name}' was left {done.state.name}")
        return done

    def _fail(self, why: str) -> NoReturn:
        self._lost = self._lost or (
            f"The step could not be computed on the Dask cluster: {why}. Mend or restart the "
            "cluster and run the same command again, or leave --runner at local."
        )
        raise ClusterError(self._lost)


@contextmanager
def cluster_at(where: Where | None, *, say: Callable[[str], None]) -> Iterator[Cluster | None]:
    """Give the cluster of a run for the time of the block; None if none is asked for."""
    if where is None:
        yield None
        return
    cluster = Cluster(where, say=say)
    try:
        yield cluster
    except BaseException:
        cluster.give_up()
        raise
    finally:
        cluster.close()


def _what_ended(name: str, future: Any) -> str:
    from distributed import KilledWorker

    if future.status in {"cancelled", "lost"}:
        return "the connection to the scheduler was lost"
    error = future.exception()
    if isinstance(error, KilledWorker):
        return (
            f"the task '{name}' ended {error.allowed_failures + 1} workers, one after the other; "
            f"the last was {error.last_worker.address}. Dask ends a worker that takes more memory "
            "than it may (`dask worker --memory-limit`)"
        )
    return f"the task '{name}' stopped its worker with {error!r}"
