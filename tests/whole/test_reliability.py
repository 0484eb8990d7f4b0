"""Killed, stopped, doubled or damaged: the same command ends with the same predictions."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.support.prefect_server import ROOT, clean_environment
from tests.support.small_runs import (
    QUICK,
    Killing,
    digest_of,
    facts_of,
    finish,
    new_folders,
    processes_with,
    seconds_of,
    start,
    wait_for_line,
)

REAL = ("--candidates=hog_sgd", "--shift=0")


def undisturbed_run(server, base, knobs):
    """Return the digest of a run that nothing happens to, and the seconds it takes."""
    folders = new_folders(base)
    seconds = seconds_of(start(server, folders, *knobs))
    return digest_of(folders), seconds


def still_running(server, state="RUNNING"):
    asked = {"flow_runs": {"state": {"type": {"any_": [state]}}}, "limit": 200}
    return [run["id"] for run in server.ask("flow_runs/filter", asked)]


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_to_the_same_predictions(
    prefect_server, tmp_path, n_kills, count
):
    digest, seconds = undisturbed_run(prefect_server, tmp_path / "undisturbed", QUICK)
    killing = Killing(prefect_server, tmp_path, QUICK, digest, seconds, random.Random(0))
    try:
        killing.kill_often(n_kills)
    finally:
        count("SIGKILL of a small run", tried=killing.kills, held=killing.survived)
    assert killing.survived == killing.kills == n_kills
    assert still_running(prefect_server) == []


@pytest.mark.reliability  # it asks for `count` by name only
@pytest.mark.thorough
def test_a_real_run_killed_at_any_moment_goes_on_to_the_same_predictions(
    prefect_server, mnist_folder, tmp_path, request, n_mnist_kills
):
    knobs = ("--dataset=mnist_784", f"--data-dir={mnist_folder}", *REAL)
    count, note = (request.getfixturevalue(name) for name in ("count", "note"))
    digest, seconds = undisturbed_run(prefect_server, tmp_path / "undisturbed", knobs)
    moments = seconds / 2  # what is stored is not done again, so halves reach every stage
    killing = Killing(prefect_server, tmp_path, knobs, digest, moments, random.Random(0))
    begin = time.monotonic()
    try:
        killing.kill_often(n_mnist_kills)
    finally:
        count("SIGKILL of a run on the real MNIST", tried=killing.kills, held=killing.survived)
    whole = time.monotonic() - begin
    note(
        "one run on MNIST undisturbed; all those with kills",
        f"{seconds:.0f} s; {whole:.0f} s for {killing.ends} that came to their end",
    )
    assert killing.survived == killing.kills == n_mnist_kills


@pytest.mark.slow
def test_a_killed_run_is_closed_as_crashed_by_the_next_one(prefect_server, tmp_path, count):
    folders = new_folders(tmp_path)
    process = start(prefect_server, folders, *QUICK)
    wait_for_line(process, "augment")
    process.kill()
    process.communicate()
    (left,) = (folders[0] / "running").glob("*.lock")
    count("killed runs closed as Crashed by the next", tried=1)
    output = finish(start(prefect_server, folders, *QUICK))
    assert f"the run {left.stem} of process {process.pid} was killed" in output
    states = {run["id"]: run["state"]["type"] for run in prefect_server.flow_runs()}
    assert states[left.stem] == "CRASHED"
    assert not left.exists()
    count("killed runs closed as Crashed by the next", held=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_stopped_run_ends_soon_and_leaves_no_server_behind(number, code, tmp_path, count):
    """Without a server of one's own, so that Prefect starts one for the run."""
    folders = new_folders(tmp_path)
    environment = clean_environment(tmp_path / "home") | {"RELIABILITY_TEST": str(tmp_path)}
    process = start(environment, folders)
    wait_for_line(process, "augment")
    count("SIGTERM and Ctrl-C, ended within 10 s", tried=1)
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == code
    end = time.monotonic() + 10
    while time.monotonic() < end and processes_with(str(tmp_path)):
        time.sleep(0.2)
    assert processes_with(str(tmp_path)) == []
    with sqlite3.connect(tmp_path / "home" / "prefect.db") as database:
        assert database.execute("select state_type from flow_run").fetchall() == [("CRASHED",)]
    count("SIGTERM and Ctrl-C, ended within 10 s", held=1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_ends_even_a_process_that_is_deep_in_compiled_code(number):
    """Python itself would look for the signal only when the digest is done, in many minutes."""
    program = (
        "import hashlib, signal\n"
        "from engine.run.exit import end_soon_after_signals\n"
        # one that comes just before the digest begins must not end it in the ordinary way
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "end_soon_after_signals(lambda: print('last words'), grace=0.2)\n"
        "print('deep', flush=True)\n"
        "hashlib.pbkdf2_hmac('sha512', b'x', b'y', 10**9)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "deep\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out == "last words\n"


DAMAGES = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "one bit flipped": lambda path: path.write_bytes(
        path.read_bytes()[:-40] + bytes([path.read_bytes()[-40] ^ 1]) + path.read_bytes()[-39:]
    ),
    "garbage": lambda path: path.write_bytes(b"garbage" * 50),
    "deleted": lambda path: path.unlink(),
}


@pytest.mark.slow
def test_every_damaged_file_is_found_said_and_recomputed_to_the_same_predictions(
    digits_run, prefect_server, tmp_path, count
):
    folders = digits_run.copy_to(tmp_path)
    rng = random.Random(1)
    for name, damage in DAMAGES.items():
        for kind in ("objects", "results"):
            files = sorted(p for p in (folders[0] / kind).rglob("*") if p.is_file())
            path = rng.choice(files)
            content = path.read_bytes()
            damage(path)
            count("damaged files found and made again", tried=1)
            output = finish(start(prefect_server, folders))
            told = "damaged file" in output or (kind == "results" and name == "deleted")
            assert told, (name, path, output)
            assert digest_of(folders) == digits_run.digest
            # the nodes of a forest have padding, whose bytes differ from fit to fit
            if kind == "objects" and path.suffix != ".joblib":
                assert path.read_bytes() == content, (name, path)
            count("damaged files found and made again", held=1)


@pytest.mark.slow
def test_swapped_results_are_not_believed(digits_run, prefect_server, tmp_path, count):
    folders = digits_run.copy_to(tmp_path)
    first, second = sorted((folders[0] / "results").glob("cross-validate-*"))[:2]
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    count("damaged files found and made again", tried=2)
    output = finish(start(prefect_server, folders))
    assert output.count(", set aside as ") == 2
    whys = [step["why"] for step in facts_of(folders)["steps"]]
    assert sum(why.startswith("damaged file results/cross-validate-") for why in whys) == 2
    assert digest_of(folders) == digits_run.digest
    count("damaged files found and made again", held=2)
