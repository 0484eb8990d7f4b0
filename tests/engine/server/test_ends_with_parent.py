"""No server outlives what started it, whatever ends that: counted over its first ten seconds."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.prefect_server import ROOT, clean_environment, free_port
from tests.support.small_runs import (
    QUICK,
    finish,
    new_folders,
    processes_with,
    start,
    wait_for_line,
)

LEFT = "a run with a server of its own ended by {}, no server left"
NIGHTS_LEFT = "make nightly ended by SIGKILL, no process left"
FIRST_SECONDS = 10.0
PATIENCE_SECONDS = 20.0  # it is asked, and some seconds later ended without order
SIGNALS = (signal.SIGHUP, signal.SIGQUIT)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A store and an output folder that all killed runs share."""
    return new_folders(tmp_path_factory.mktemp("killed"))


@pytest.fixture(scope="module")
def environment(folders):
    """A home without a server, made by a run that came to its end; a mark on every process."""
    mark = folders[0].parent
    made = clean_environment(mark / "home") | {"RELIABILITY_TEST": str(mark)}
    finish(start(made, folders, *QUICK))
    return made


@pytest.fixture
def n_moments(request, n_kills):
    """How many moments of the first ten seconds: a handful, and at least 40 if thorough."""
    return max(40, n_kills) if request.config.getoption("thorough") else n_kills


def wait_until_gone(mark):
    """Wait for the end of every process with a mark and return those that are left."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and processes_with(mark):
        time.sleep(0.1)
    return processes_with(mark)


def has_server(mark):
    return any("engine.server.api_server" in command_of(pid) for pid in processes_with(mark))


def command_of(pid):
    listed = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
def test_no_server_outlives_a_run_killed_in_its_first_ten_seconds(
    environment, folders, n_moments, count, note
):
    mark, with_server = environment["RELIABILITY_TEST"], 0
    what = LEFT.format("SIGKILL")
    for moment in range(n_moments):
        process = start(environment, folders, *QUICK)
        time.sleep(FIRST_SECONDS * (moment + 0.5) / n_moments)
        with_server += has_server(mark)
        count(what, tried=1)
        process.kill()
        process.communicate()
        assert wait_until_gone(mark) == []
        count(what, held=1)
    note("of these, killed while the server was there", str(with_server))
    assert with_server >= n_moments // 4  # or nothing was tried
    finish(start(environment, folders, *QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("number", SIGNALS, ids=[each.name for each in SIGNALS])
def test_no_server_outlives_a_run_that_a_terminal_ends(number, environment, folders, count):
    """SIGHUP is what a closed terminal sends, SIGQUIT its Ctrl-backslash."""
    mark, what = environment["RELIABILITY_TEST"], LEFT.format("SIGHUP or SIGQUIT")
    process = start(environment, folders, *QUICK)
    while not has_server(mark):
        assert process.poll() is None
        time.sleep(0.05)
    count(what, tried=1)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == -number
    assert wait_until_gone(mark) == []
    count(what, held=1)


@pytest.mark.slow
def test_no_server_and_no_worker_outlives_a_nightly_command_that_is_killed(tmp_path, count):
    environment = clean_environment(tmp_path / "home") | {"RELIABILITY_TEST": str(tmp_path)}
    knobs = (f"--port={free_port()}", f"--server-log={tmp_path / 'server.log'}")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "flows.nightly", *knobs],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_line(process, "The worker follows")
    count(NIGHTS_LEFT, tried=1)
    assert len(processes_with(str(tmp_path))) >= 3
    process.kill()
    process.communicate()
    assert wait_until_gone(str(tmp_path)) == []
    count(NIGHTS_LEFT, held=1)


FORKING = """
import os, subprocess, sys, time
from engine.server.ends_with_parent import command
child = subprocess.Popen(command("http.server", "0", "--bind", "127.0.0.1"))
if os.fork() == 0:  # it has all that its parent has open, and outlives it
    time.sleep(3600)
print(child.pid, flush=True)
time.sleep(3600)
"""


def test_a_child_that_was_forked_and_lives_on_keeps_nothing_alive(tmp_path):
    environment = os.environ | {"RELIABILITY_TEST": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", FORKING], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and child in processes_with(str(tmp_path)):
            time.sleep(0.1)
        left = [pid for pid in processes_with(str(tmp_path)) if pid != process.pid]
        assert len(left) == 1
        assert child not in left
    finally:
        for pid in processes_with(str(tmp_path)):
            os.kill(pid, signal.SIGKILL)
        process.stdout.close()


def test_a_process_whose_parent_had_ended_before_it_looked_ends_too(tmp_path):
    """The parent's number is given to it: its own first look could already be too late."""
    nobody = subprocess.Popen(["true"])
    nobody.wait()
    arguments = (str(nobody.pid), "http.server", "0", "--bind", "127.0.0.1")
    done = subprocess.run(
        [sys.executable, "-m", "engine.server.ends_with_parent", *arguments],
        cwd=ROOT,
        timeout=60,
        capture_output=True,
        check=False,
    )
    assert done.returncode in {-signal.SIGTERM, 128 + signal.SIGTERM}
