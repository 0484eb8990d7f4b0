"""Many workers of one thread in one process, for fits that sleep.

``python -m benchmarks.cluster.many_workers ADDRESS N`` runs them until the scheduler ends.

Dask's own command starts a process for each, and sixty-four do not fit on a small machine.
"""

import asyncio
import sys

from distributed import Worker


async def serve(address: str, n_workers: int) -> None:
    """Run workers until their scheduler ends."""
    workers = [Worker(address, nthreads=1, memory_limit="1GB") for _ in range(n_workers)]
    for worker in workers:
        await worker
    await asyncio.gather(*(worker.finished() for worker in workers))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
