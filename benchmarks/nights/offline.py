"""Run a module as on a machine without a network: ``python -m benchmarks.nights.offline MODULE``.

Only loopback can be reached, where Prefect's server is; any other connection is refused.
"""

import runpy
import socket
import sys
from typing import Any


def refuse_all_but_loopback() -> None:
    """Let every connection of this process to another machine fail as without a network."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        inside = self.family == socket.AF_UNIX or str(address[0]) in {"127.0.0.1", "::1"}
        if not inside:
            raise OSError(f"[no network] asked for {address[0]}")
        real(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    refuse_all_but_loopback()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
