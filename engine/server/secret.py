"""The secret without which a server of this project answers nothing but a health check.

It is made when it is first needed and stays in a file of the person's own under PREFECT_HOME.
``python -m flows.server_secret`` prints it, to sign in to the Prefect UI. It has the form of
Prefect's own: a name and a password with a colon between.
"""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from prefect.settings import PREFECT_SERVER_API_AUTH_STRING

from engine.errors import PlainError
from engine.server.home import prefect_home, require_home

LOOPBACK = "127.0.0.1"
SHOW = "python -m flows.server_secret"
PRIVATE = 0o600
N_BYTES = 32


class SecretError(PlainError):
    """The secret cannot be kept where it belongs, or somebody else may know it."""


def server_secret() -> str:
    """Return the secret of this person's servers; make it if there is none yet.

    One that the person has set as PREFECT_SERVER_API_AUTH_STRING goes before.

    Raises
    ------
    HomeError
        If Prefect's folder cannot be written.
    SecretError
        If it cannot be read, or another user may read or have written it.
    """
    chosen: str | None = PREFECT_SERVER_API_AUTH_STRING.value()
    if chosen:
        return chosen
    require_home()
    path = prefect_home() / "digits-server-secret"
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise SecretError(
            f"Asked to keep the secret of Prefect's server in {path}; that failed: "
            f"{error.strerror or error}. Set PREFECT_HOME to a folder of your own."
        ) from error


def lock_of(port: int) -> FileLock:
    """Return the lock that a server of this project holds while it listens at a port.

    Only its owner can open the file, so no other user can hold the lock.
    """
    return FileLock(prefect_home() / f"digits-server-{port}.lock", mode=PRIVATE)


def is_ours(api: str) -> bool:
    """Whether a server that this project started listens at an API address.

    Only to such a one may the secret be sent: the port of a server that has ended is free for
    every user of the machine.
    """
    try:
        address = urlsplit(api)
        port = address.port
    except ValueError:  # it is no address at all: whoever asks it is told
        return False
    if (address.scheme, address.hostname) != ("http", LOOPBACK) or port is None:
        return False
    lock = lock_of(port)
    if not Path(lock.lock_file).exists():
        return False
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def _make(path: Path) -> None:
    with NamedTemporaryFile("w", dir=path.parent) as file:  # made with mode 0600
        file.write(f"digits:{secrets.token_urlsafe(N_BYTES)}")
        file.flush()
        with suppress(FileExistsError):  # another command was first: then its secret holds
            os.link(file.name, path)  # whole or not at all


def _read(path: Path) -> str:
    with open(path, encoding="ascii", opener=_without_links) as file:
        found = os.fstat(file.fileno())
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid != os.geteuid() or mode & ~PRIVATE or not stat.S_ISREG(found.st_mode):
            raise SecretError(
                f"Asked for the secret of Prefect's server in {path}; found a file of user "
                f"{found.st_uid} with mode {mode:04o}, so somebody else may know it. Remove it "
                "and end the servers that are running: the next start makes a new one."
            )
        return file.read()


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
