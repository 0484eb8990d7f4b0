"""Run a command and measure what it cost: seconds, CPU seconds and memory."""

import os
import subprocess
import sys
import time
from pathlib import Path

from engine.errors import PlainError
from engine.paths import ROOT
from engine.records import Record

LAST_LINES = 12


class Measurement(Record):
    """What one command cost, the processes it started and waited for included.

    `seconds` is wall-clock time, start of the interpreter included; `cpu_seconds` is user
    and system time of all of them; `peak_bytes` is the largest resident size that any one of
    them reached. `load_before` is the machine's load average of one minute before it began.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    load_before: float


class CommandFailed(PlainError):
    """A measured command did not end well, so its cost means nothing."""


def measure(
    *module: str, environment: dict[str, str], log: Path, folder: Path = ROOT
) -> Measurement:
    """Run ``python -m`` with these arguments from a folder, the project's own, and measure it.

    The caller should be small: Linux counts the memory of the process that starts another
    one as the other's, until it has grown beyond it.

    Parameters
    ----------
    module : str
        The module and its arguments.
    environment : dict
        All environment variables it gets.
    log : Path
        Takes what it prints.
    folder : Path
        What is imported and run lies in it.

    Raises
    ------
    CommandFailed
        If its exit code is not 0.
    """
    load = os.getloadavg()[0]
    with log.open("wb") as file:
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=environment,
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise _failure(module, child.returncode, log)
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    return Measurement(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * unit,
        load_before=load,
    )


def clean_environment(home: Path) -> dict[str, str]:
    """Return this environment without settings of Prefect or of this project but a home.

    Parameters
    ----------
    home : Path
        Where Prefect keeps its database; made if it is missing.
    """
    home.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        # without bytecode every run would compile the project again
        if not name.startswith(("PREFECT_", "DIGITS_", "PYTHONDONTWRITE"))
    }
    return kept | {
        "PREFECT_HOME": str(home.resolve()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }


def _failure(module: tuple[str, ...], code: int, log: Path) -> CommandFailed:
    last = "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
    return CommandFailed(
        f"Asked to measure python -m {' '.join(module)}; it ended with exit code {code}. "
        f"Mend what it says and measure again; all it printed is in {log}:\n{last}"
    )
