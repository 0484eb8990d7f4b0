"""A full disk or a store that cannot be written: a plain error, nothing half-written, then on."""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest
from prefect.results import ResultRecord

from engine.errors import StoreError
from engine.store.files import write_atomically
from engine.store.location import store_at, store_root
from engine.store.objects import save_array, save_bytes, save_model
from engine.store.refs import file_sha256
from engine.store.results import require_kept
from engine.store.runs import read_records
from tests.support.prefect_server import run_module
from tests.support.records.nights import night
from tests.support.runs import newest_output

FSYNC = os.fsync
FULL = "writes to a full disk, told and gone on from"


class FullDisk:
    """Lets some files be flushed, then none: from there on no room is left."""

    def __init__(self, room_for):
        self.room_for = room_for

    def __call__(self, descriptor):
        if not self.room_for:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room_for -= 1
        FSYNC(descriptor)


def check_nothing_half_written(store):
    """Every object is what its name says, every result loads, no temporary file is left."""
    assert list(store.rglob(".writing-*")) == []
    for path in (store / "objects").glob("*/*"):
        assert file_sha256(path) == path.stem
    for path in (store / "results").glob("*"):
        ResultRecord.deserialize(path.read_bytes())
    assert read_records(store)[1] == ()


def objects(store):
    return {path.name for path in (store / "objects").glob("*/*")}


def test_a_disk_that_is_full_at_any_write_is_told_and_the_same_night_goes_on(
    tmp_path, monkeypatch, count
):
    counting = FullDisk(10_000)
    monkeypatch.setattr(os, "fsync", counting)
    with store_at(tmp_path / "undisturbed") as undisturbed:
        night(undisturbed, 0)
    n = 10_000 - counting.room_for
    assert n > 50
    for k in range(n):
        count(FULL, tried=1)
        with store_at(tmp_path / "store") as store:
            monkeypatch.setattr(os, "fsync", FullDisk(k))
            with pytest.raises(StoreError, match=r"No space left on device.*--store-dir"):
                night(store, 0)
            monkeypatch.setattr(os, "fsync", FSYNC)
            check_nothing_half_written(store)
            night(store, 0)
            assert objects(store) == objects(undisturbed)
            assert night(store, 0) == []
        shutil.rmtree(tmp_path / "store")
        count(FULL, held=1)


@contextmanager
def small_files():
    """Let no file grow beyond 4,000 bytes: the kernel itself refuses the rest of a write.

    Only while the store writes: what pytest says may itself go to a file that is longer.
    """
    old_signal = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_signal)


NOISE = np.random.default_rng(0).integers(0, 256, 20_000, dtype=np.uint8)
WRITES = {
    "an array": lambda: save_array(NOISE),
    "a model": lambda: save_model({"weights": NOISE}),
    "a picture": lambda: save_bytes(NOISE.tobytes(), ".png"),
    "a report": lambda: write_atomically(
        store_root() / "report.html", lambda file: file.write(NOISE.tobytes())
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_file_that_does_not_fit_is_told_and_nothing_of_it_is_left(what, store):
    with pytest.raises(StoreError, match=r"Cannot write .*--store-dir"), small_files():
        WRITES[what]()
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_a_result_that_prefect_could_not_keep_is_told(store):
    """Prefect logs that and goes on: the step would silently run again every night."""
    store.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"'augment' could not be kept .* are free"):
        require_kept(store / "results" / "augment-abc", "augment")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that is too small for a run."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = mount("-t", "tmpfs", "-o", "size=600k", "tmpfs", folder)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def mount(*arguments):
    command = [shutil.which("mount") or "mount", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_real_run_on_a_full_disk_ends_plainly_and_goes_on_when_there_is_room(
    prefect_server, small_disk, tmp_path
):
    folders = small_disk / "data", tmp_path / "outputs"

    def run_on_it():
        return run_module(
            "flows.full_run",
            "--dataset=digits",
            "--candidates=sgd",
            f"--store-dir={folders[0]}",
            f"--output-dir={folders[1]}",
            environment=prefect_server.environment,
        )

    stopped = run_on_it()
    assert stopped.returncode == 3, stopped.stderr
    assert "--store-dir" in stopped.stderr
    assert "Traceback" not in stopped.stderr + stopped.stdout
    with store_at(folders[0]):
        check_nothing_half_written(folders[0])
    assert mount("-o", "remount,size=50m", small_disk).returncode == 0
    done = run_on_it()
    assert done.returncode == 0, done.stderr
    assert ": reused" in done.stdout
    assert json.loads((newest_output(folders) / "evaluation.json").read_text())["verdict"]
    assert mount("-o", "remount,ro", small_disk).returncode == 0
    refused = run_on_it()
    assert refused.returncode == 3, refused.stderr
    assert "Read-only file system" in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout
    pruned = run_module(
        "flows.prune", f"--store-dir={folders[0]}", "--yes", environment=prefect_server.environment
    )
    assert pruned.returncode == 3
    assert "Read-only file system" in pruned.stderr


@pytest.mark.slow
def test_a_store_below_a_file_is_a_plain_error(prefect_server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = run_module(
        "flows.full_run",
        "--dataset=digits",
        f"--store-dir={tmp_path / 'file' / 'data'}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 3, done.stderr
    assert "--store-dir" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
