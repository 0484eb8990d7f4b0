"""Waiting for a store that another process holds: for how long, and what is said meanwhile."""

import os
import signal
import subprocess
import sys

import pytest

from engine.paths import ROOT
from engine.store import lock
from engine.store.lock import StoreInUse, only_run_in
from flows import champion, prune

HOLDS = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from engine.store.lock import only_run_in\n"
    "from engine.store.marks import STORE, take_folder\n"
    "take_folder(Path(sys.argv[1]), STORE)\n"
    "with only_run_in(Path(sys.argv[1]), say=print):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(600)\n"
)


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the store `tmp_path`."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("wait", [0, 0.3])
def test_the_wait_ends_when_it_was_asked_to_and_names_the_holder(holder, tmp_path, wait):
    said = []
    with (
        pytest.raises(StoreInUse, match=rf"\(--wait\) for process {holder.pid} \("),
        only_run_in(tmp_path, say=said.append, wait=wait),
    ):
        pytest.fail("two processes held one store")
    assert len(said) == (wait > 0)


def test_a_stopped_holder_is_said_to_be_stopped_and_how_it_goes_on(holder, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(lock, "SAY_AGAIN_SECONDS", 0.2)
    os.kill(holder.pid, signal.SIGSTOP)
    os.waitpid(holder.pid, os.WUNTRACED)  # it has stopped now
    said = []
    with (
        pytest.raises(StoreInUse, match="it is stopped"),
        only_run_in(tmp_path, say=said.append, wait=1),
    ):
        pytest.fail("two processes held one store")
    assert len(said) > 1
    assert f"`kill -CONT {holder.pid}` lets it go on" in said[-1]
    holder.kill()
    with only_run_in(tmp_path, say=said.append, wait=30):
        pass


def test_a_holder_that_works_is_not_said_to_be_stopped(holder, tmp_path):
    with pytest.raises(StoreInUse) as waited, only_run_in(tmp_path, say=print, wait=0):
        pytest.fail("two processes held one store")
    assert "stopped" not in str(waited.value)


COMMANDS = {
    "prune": lambda *words: prune.run(["--yes", *words]),
    "rollback": lambda *words: champion.main(["rollback", *words]),
    "retire": lambda *words: champion.main(["retire", *words]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_changes_a_store_waits_for_the_run_in_it_and_ends_when_told(
    name, holder, tmp_path, capsys
):
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert COMMANDS[name](f"--store-dir={tmp_path}", "--wait=0.2") == 3
    assert f"for process {holder.pid} (" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
