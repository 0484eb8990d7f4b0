"""What every command puts right around itself before it does anything."""

import os
import tempfile
from contextlib import suppress

from engine.cli.streams import make_streams_last

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def prepare_process() -> None:
    """Make this process, and those that it starts, independent of odd surroundings.

    What it says cannot make it fail; it reaches loopback without a proxy; what it writes cannot
    be changed by every user of the machine.
    """
    make_streams_last()
    reach_loopback_directly()
    name_usable_temporary_folder()
    os.umask(os.umask(0o077) | 0o002)  # a stored model is a pickle: who writes it runs code


def reach_loopback_directly() -> None:
    """Name loopback among the hosts that are asked without a proxy, whatever proxies are set."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    names = [name.strip() for name in named.split(",") if name.strip()]
    if "*" not in names:
        direct = ",".join(dict.fromkeys([*names, *LOOPBACK_NAMES]))
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = direct  # some programs read one alone


def name_usable_temporary_folder() -> None:
    """Set TMPDIR to a folder that has room, if the one that it names is full or missing.

    Python looks for another one by itself; SQLite, under Prefect's server, does not.
    """
    if os.environ.get("TMPDIR"):
        with suppress(OSError):  # none has room: what needs one says so
            os.environ["TMPDIR"] = tempfile.gettempdir()
