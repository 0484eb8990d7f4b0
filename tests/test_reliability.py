"""Killed, stopped, doubled or damaged: the same command ends with the same predictions."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect_server import ROOT, clean_environment
from test_full_run import N_STEPS, newest_output, step_lines

RUN_SECONDS = 12  # about as long as a small run takes; kills fall into 0 to this


def start(server, folders, *knobs):
    """Begin a small run and return its process; Ctrl-C reaches it as it would in a terminal."""
    store, outputs = folders
    return subprocess.Popen(
        [
            sys.executable,
            "-u",
            "-m",
            "flows.full_run",
            "--dataset=digits",
            f"--store-dir={store}",
            f"--output-dir={outputs}",
            *knobs,
        ],
        cwd=ROOT,
        env=getattr(server, "environment", server),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one thread
    )


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err + out
    return out


def digest_of(folders):
    return json.loads((newest_output(folders) / "evaluation.json").read_text())["prediction_sha256"]


def new_folders(base):
    return base / "data", base / "outputs"


@pytest.fixture(scope="module")
def undisturbed(prefect_server, tmp_path_factory):
    """The prediction digest of a run that nothing happened to."""
    folders = new_folders(tmp_path_factory.mktemp("undisturbed"))
    finish(start(prefect_server, folders))
    return digest_of(folders)


def wait_for_line(process, text):
    for line in process.stdout:
        if text in line:
            return line
    pytest.fail(f"{text!r} was never said: {process.stderr.read()}")
    return None


def test_a_run_killed_at_any_moment_goes_on_to_the_same_predictions(
    prefect_server, undisturbed, tmp_path, n_kills
):
    rng = random.Random(0)
    killed = 0
    for i in range(n_kills):
        folders = new_folders(tmp_path / str(i))
        process = start(prefect_server, folders)
        time.sleep(rng.uniform(0.5, RUN_SECONDS))
        killed += process.poll() is None
        process.kill()
        process.communicate()
        finish(start(prefect_server, folders))
        assert digest_of(folders) == undisturbed
        assert list(folders[0].rglob(".writing-*")) == []
        assert list((folders[0] / "running").glob("*.json")) == []
        assert json.loads((folders[0] / "run.holder.json").read_text())["pid"] != process.pid
    print(f"{killed} of {n_kills} runs were killed before their end; all {n_kills} went on")
    assert killed


def test_a_killed_run_is_closed_as_crashed_by_the_next_one(prefect_server, tmp_path):
    folders = new_folders(tmp_path)
    process = start(prefect_server, folders)
    wait_for_line(process, "augment")
    process.kill()
    process.communicate()
    (left,) = (folders[0] / "running").glob("*.json")
    output = finish(start(prefect_server, folders))
    assert f"the run {left.stem} of process {process.pid} was killed" in output
    states = {run["id"]: run["state"]["type"] for run in prefect_server.flow_runs()}
    assert states[left.stem] == "CRASHED"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_stopped_run_ends_soon_and_leaves_no_server_behind(number, code, tmp_path):
    """Without a server of one's own, so that Prefect starts one for the run."""
    folders = new_folders(tmp_path)
    environment = clean_environment(tmp_path / "home") | {"RELIABILITY_TEST": str(tmp_path)}
    process = start(environment, folders)
    wait_for_line(process, "augment")
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == code
    end = time.monotonic() + 10
    while time.monotonic() < end and processes_with(str(tmp_path)):
        time.sleep(0.2)
    assert processes_with(str(tmp_path)) == []
    assert list((folders[0] / "running").glob("*.json")) == []


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


def test_two_runs_at_once_do_each_fit_once_and_the_second_says_for_whom_it_waits(
    prefect_server, undisturbed, tmp_path
):
    folders = new_folders(tmp_path)
    processes = [start(prefect_server, folders) for _ in range(2)]
    outputs = [finish(process) for process in processes]
    computed = [
        label
        for output in outputs
        for label, fate in step_lines(output).items()
        if fate != "reused"
    ]
    assert len(computed) == len(set(computed)) == N_STEPS
    assert sum(f"waiting for process {p.pid}" in o for p in processes for o in outputs) == 1
    assert digest_of(folders) == undisturbed


def test_a_killed_holder_frees_the_one_that_waits(prefect_server, tmp_path):
    folders = new_folders(tmp_path)
    holder = start(prefect_server, folders)
    wait_for_line(holder, "augment")
    waiting = start(prefect_server, folders)
    wait_for_line(waiting, f"waiting for process {holder.pid}")
    holder.kill()
    holder.communicate()
    finish(waiting)


DAMAGES = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "one bit flipped": lambda path: path.write_bytes(
        path.read_bytes()[:-40] + bytes([path.read_bytes()[-40] ^ 1]) + path.read_bytes()[-39:]
    ),
    "garbage": lambda path: path.write_bytes(b"garbage" * 50),
    "deleted": lambda path: path.unlink(),
}


def test_every_damaged_file_is_found_said_and_recomputed_to_the_same_predictions(
    prefect_server, undisturbed, tmp_path
):
    folders = new_folders(tmp_path)
    finish(start(prefect_server, folders))
    rng = random.Random(1)
    tried = 0
    for name, damage in DAMAGES.items():
        for kind in ("objects", "results"):
            files = sorted(p for p in (folders[0] / kind).rglob("*") if p.is_file())
            path = rng.choice(files)
            content = path.read_bytes()
            damage(path)
            output = finish(start(prefect_server, folders))
            told = "damaged file" in output or (kind == "results" and name == "deleted")
            assert told, (name, path, output)
            assert digest_of(folders) == undisturbed
            if kind == "objects":
                assert path.read_bytes() == content, (name, path)
            tried += 1
    print(f"{tried} damages tried, {tried} found")


def test_swapped_results_are_not_believed(prefect_server, undisturbed, tmp_path):
    folders = new_folders(tmp_path)
    finish(start(prefect_server, folders))
    first, second = sorted((folders[0] / "results").glob("cross-validate-*"))[:2]
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    output = finish(start(prefect_server, folders))
    assert output.count("damaged file results/cross-validate-") == 4  # once found, once as reason
    assert digest_of(folders) == undisturbed
