"""Runs as processes of their own, that a test can kill, stop, double or starve."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.prefect_server import ROOT
from tests.support.runs import newest_output, step_lines

QUICK = ("--candidates=sgd", "--shift=0")  # for what does not depend on the model


def command(folders, *knobs):
    """Return the command of a run on the bundled digits in its own folders."""
    store, outputs = folders
    return [
        *(sys.executable, "-u", "-m", "flows.full_run", "--dataset=digits"),
        *(f"--store-dir={store}", f"--output-dir={outputs}"),
        *knobs,
    ]


def start(server, folders, *knobs):
    """Begin a small run and return its process; Ctrl-C reaches it as it would in a terminal."""
    return subprocess.Popen(
        command(folders, *knobs),
        cwd=ROOT,
        env=getattr(server, "environment", server),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one thread
    )


def finish(process, *, timeout=600):
    """Wait for a run that must succeed and return what it said."""
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err + out
    return out


def wait_for_line(process, text):
    """Read what a run says until a line holds the text, and return that line."""
    for line in process.stdout:
        if text in line:
            return line
    pytest.fail(f"{text!r} was never said: {process.stderr.read()}")
    return None


def facts_of(folders):
    """Return the newest evaluation.json."""
    return json.loads((newest_output(folders) / "evaluation.json").read_text())


def digest_of(folders):
    """Return the prediction digest of the newest run."""
    return facts_of(folders)["prediction_sha256"]


def new_folders(base):
    """Return a store and an output folder that are not there yet."""
    return base / "data", base / "outputs"


def computed_in(output):
    """Return the labels of the steps that a run said it has computed.

    The picture of the nights is left out: each run adds a point to it.
    """
    fates = step_lines(output).items()
    return [label for label, fate in fates if fate != "reused" and label != "draw the nights"]


def processes_with(mark):
    """Return the living processes that were started with this text in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # it has ended meanwhile, or belongs to someone else
            continue
        if f"RELIABILITY_TEST={mark}".encode() in environment:
            found.append(int(folder.name))
    return found


@dataclass
class Killing:
    """Kills runs at random moments in stores that continue, and checks each that ends.

    `seconds` are the moments to draw from, counted from the process's start. A store is used
    until one of its runs comes to its end; then the next begins with an empty one.
    """

    server: object
    base: Path
    knobs: tuple[str, ...]
    digest: str
    seconds: float
    rng: random.Random
    kills: int = 0
    survived: int = 0
    ends: int = 0
    _computed: list[str] = field(default_factory=list)
    _pending: int = 0

    def kill_often(self, n_kills):
        """Kill until `n_kills` runs died by it, and let the last store come to its end."""
        while self.kills < n_kills:
            self._one(killed_after=self.rng.uniform(0.5, self.seconds))
        if self._pending:
            self._one(killed_after=None)

    @property
    def folders(self):
        return new_folders(self.base / str(self.ends))

    def _one(self, *, killed_after):
        process = start(self.server, self.folders, *self.knobs)
        try:
            out, err = process.communicate(timeout=killed_after)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            self.kills += 1
            self._pending += 1
            self._remember(out)
            return
        assert process.returncode == 0, err + out
        self._remember(out)
        self._check()

    def _remember(self, output):
        assert "waiting for" not in output, "a dead run held the lock"
        self._computed += computed_in(output)
        again = {label for label in self._computed if self._computed.count(label) > 1}
        assert not again, f"computed, kept, and computed again: {again}"

    def _check(self):
        folders = self.folders
        assert digest_of(folders) == self.digest
        assert list(folders[0].rglob(".writing-*")) == []
        self.survived += self._pending
        self._pending, self._computed = 0, []
        self.ends += 1


def seconds_of(process):
    """Wait for a run that must succeed and return the seconds it took from here."""
    start_time = time.monotonic()
    finish(process)
    return time.monotonic() - start_time
