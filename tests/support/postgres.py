"""Debian's Postgres for tests: a cluster of its own on loopback, with a password."""

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.prefect_server import free_port

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "a-password-that-nobody-may-see"  # noqa: S105 - of a database that lives for a test


@dataclass
class Postgres:
    """A cluster of databases that can be stopped and started again."""

    folder: Path
    port: int

    @property
    def url(self):
        """The address of its database, password included."""
        return f"postgresql+asyncpg://prefect:{PASSWORD}@127.0.0.1:{self.port}/prefect"

    def run(self, name, *options):
        """Run one of Postgres's commands, as a user that it accepts."""
        user = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(
            [BINARIES[-1] / name, *options],
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env={"PGPASSWORD": PASSWORD, "LC_ALL": "C.UTF-8"},
            **user,
        )

    def start(self):
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = self.folder / "log"
        self.run("pg_ctl", "-D", self.folder / "db", "-o", options, "-l", log, "-w", "start")

    def stop(self):
        """End it at once, as a lost machine would."""
        self.run("pg_ctl", "-D", self.folder / "db", "-m", "immediate", "-w", "stop")


@contextmanager
def postgres():
    """Run a Postgres with an empty database for the block."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            subprocess.run(["chown", "postgres", folder], check=True)
        found = Postgres(folder, free_port())
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        found.run(
            *("initdb", "-D", folder / "db", "-U", "prefect", "--auth=scram-sha-256"),
            f"--pwfile={secret}",
            "--no-sync",
        )
        found.start()
        try:
            where = ("-h", "127.0.0.1", "-p", str(found.port), "-U", "prefect")
            found.run("createdb", *where, "prefect")
            yield found
        finally:
            found.stop()
            time.sleep(0.1)
