"""No signal leaves a process behind, and no process outlives the command that started it."""

import os
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from engine.server import processes as services
from engine.server.processes import descendants, postponed_signals, stop

DEAF = "trap '' TERM; sleep 61 & wait; sleep 62"  # the child inherits the deaf ear


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_as_a_process_starts_waits_until_it_is_remembered(number):
    def as_ctrl_c(*_):
        raise KeyboardInterrupt

    before = signal.signal(number, as_ctrl_c)
    remembered = []
    try:
        with pytest.raises(KeyboardInterrupt):
            remember_despite(number, remembered)
        assert signal.getsignal(number) is as_ctrl_c
    finally:
        signal.signal(number, before)
    assert remembered == [number]


def remember_despite(number, remembered):
    with postponed_signals():
        signal.raise_signal(number)
        remembered.append(number)


def test_what_is_deaf_to_sigterm_is_ended_by_force_with_its_children(monkeypatch):
    monkeypatch.setattr(services, "STOP_SECONDS", 0.5)
    process = subprocess.Popen(["/bin/sh", "-c", DEAF], start_new_session=True)
    child = the_child_of(process.pid)
    stop(process)
    assert process.returncode == -signal.SIGKILL
    assert has_ended(child)


def test_a_second_ctrl_c_ends_the_waiting_and_not_the_ending(monkeypatch):
    def impatient(*_):
        raise KeyboardInterrupt

    process = subprocess.Popen(["/bin/sh", "-c", DEAF], start_new_session=True)
    child = the_child_of(process.pid)
    monkeypatch.setattr(services.time, "sleep", impatient)
    with pytest.raises(KeyboardInterrupt):
        stop(process)
    monkeypatch.undo()
    assert process.returncode == -signal.SIGKILL
    assert has_ended(child)


def the_child_of(pid):
    """Wait until a process has started another one and return that one."""
    while not (found := descendants(pid)):
        time.sleep(0.05)
    return found[0]


def has_ended(pid, seconds=30):
    """Wait until a process is gone, or dead and waiting for its new parent to notice."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            listed = ["ps", "-o", "stat=", "-p", str(pid)]
            state = subprocess.run(listed, capture_output=True, text=True, check=False).stdout
            if state.strip() and not state.startswith("Z"):
                time.sleep(0.1)
                continue
        return True
    return False
