"""The server that Prefect starts for one run when none is named by PREFECT_API_URL."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SERVER = b"prefect.server.api.server"


def own_server() -> subprocess.Popen[bytes] | None:
    """Return the server of this process, if one was started for it."""
    module = sys.modules.get(SERVER.decode())  # never imported here: it takes seconds
    process: subprocess.Popen[bytes] | None = None
    if module is not None:
        process = module.SubprocessASGIServer().server_process
    return process


def end_orphan(pid: int) -> bool:
    """End the server that a killed run left behind; return whether there was one.

    Only where the kernel says what a process is (``/proc``); elsewhere it is left alone.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        status = Path(f"/proc/{pid}/status").read_text()
        parent = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
        owner = Path(f"/proc/{parent}/cmdline").read_bytes()
    except (OSError, StopIteration):  # it has ended, or another system's way of telling
        return False
    if SERVER not in command or b"python" in owner:  # the number was given to another process
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    return True
