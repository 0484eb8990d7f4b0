"""Run a module in a process that ends when the process that started it does.

``python -m engine.server.ends_with_parent PARENT MODULE ...`` is ``python -m MODULE ...`` and a
thread that asks again and again which process is its parent. A process whose parent has ended gets
another one from the kernel, however the parent ended: SIGKILL, a closed terminal, a crash. So
nothing has to be noted and nothing has to be cleaned up. This holds on Linux and on macOS. A
process that the parent forked and left behind changes nothing, as it could with a pipe.
"""

import os
import runpy
import signal
import sys
import threading
import time
from typing import NoReturn

POLL_SECONDS = 0.2
GRACE_SECONDS = 3.0


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line of a module that ends with this process."""
    return [sys.executable, "-m", __name__, str(os.getpid()), module, *arguments]


def end_with(parent: int) -> None:
    """End this process soon after `parent`, a process id, is no longer its parent.

    It is asked by SIGTERM first and ended without order some seconds later.
    """
    threading.Thread(target=_watch, args=(parent,), name="end-with-parent", daemon=True).start()


def _watch(parent: int) -> NoReturn:
    # the number is the one that the parent knew itself by: it may have ended before this began
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(128 + signal.SIGTERM)


def main() -> None:
    """Be the module that the command line names."""
    parent, module, *arguments = sys.argv[1:]
    end_with(int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
