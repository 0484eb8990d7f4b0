"""How much memory a process may still take, asked before a long fit starts, and has taken."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from tasks.errors import PlainError

GIB = 2**30


class TooLittleMemory(PlainError, MemoryError):
    """What is asked needs more memory than there is."""


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return the smallest of what machine, container and process limits leave.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` lie.

    Returns
    -------
    int or None
        Bytes; None where the system tells nothing.
    """
    return min(_limits(root), default=None)


def require_memory(needed: int, what: str, remedy: str) -> None:
    """Raise `TooLittleMemory` if `needed` bytes are more than there are.

    Parameters
    ----------
    what : str
        What needs them, as the subject of a sentence.
    remedy : str
        What to do, as a whole sentence.
    """
    available = available_bytes()
    if available is not None and needed > available:
        raise TooLittleMemory(
            f"{what} needs about {needed / GIB:.1f} GiB of memory; {available / GIB:.1f} GiB are "
            f"available, so it was not started. {remedy}"
        )


def peak_memory_bytes() -> int:
    """Return the largest resident size this process has had so far.

    Linux hands the peak that getrusage(2) tells from a process to the one it starts; the
    status file's VmHWM is the process's own.
    """
    own = resident_bytes("VmHWM")
    if own is not None:
        return own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # elsewhere it counts in KiB


def resident_bytes(name: str) -> int | None:
    """Return a size from proc_pid_status(5); None where the system has no such line.

    Parameters
    ----------
    name : str
        VmRSS, the resident size now, or VmHWM, its peak since it was last forgotten.
    """
    return _named_bytes(Path("/proc/self/status"), name)


def _limits(root: Path) -> Iterator[int]:
    free = _named_bytes(root / "proc/meminfo", "MemAvailable")
    if free is not None:
        yield free
    group = root / "sys/fs/cgroup"
    limit, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if limit.isdigit() and used.isdigit():
        yield max(int(limit) - int(used), 0)
    address_space, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(root / "proc/self/statm").split()
    if address_space != resource.RLIM_INFINITY and pages:
        yield max(address_space - int(pages[0]) * os.sysconf("SC_PAGE_SIZE"), 0)


def _named_bytes(path: Path, name: str) -> int | None:
    for line in _text(path).splitlines():
        found, _, value = line.partition(":")
        if found == name:
            return int(value.split()[0]) * 1024  # the line is in KiB
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
