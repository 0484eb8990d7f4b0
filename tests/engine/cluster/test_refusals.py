"""A cluster that cannot be used is told before any fit, with what to do."""

import errno
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from engine.cluster import where
from engine.cluster.connection import require_cluster
from engine.cluster.where import ClusterError, Where, require_extra
from engine.errors import StoreError, UsageError
from engine.paths import ROOT
from engine.store import probe
from engine.store.marks import STORE, take_folder
from engine.store.names import STORE_MARK
from engine.store.probe import Trace, look_at_trace, require_file_system, traced
from flows.config import RunConfig, read_command
from tests.support.dask_cluster import dask_cluster

pytestmark = pytest.mark.xdist_group("cluster")
CODE = ("engine", "tasks", "artifacts", "flows")


@pytest.fixture
def own_store(tmp_path):
    """A store that the test's cluster sees."""
    folder = tmp_path / "store"
    take_folder(folder, STORE)
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler without workers."""
    with dask_cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture
def worker(cluster):
    """Start a worker for this test alone."""
    started = []

    def start(*options, **kwargs):
        started.append(cluster.start_worker(*options, **kwargs))

    yield start
    for process in started:
        process.terminate()
        process.wait(30)
    time.sleep(1)  # until the scheduler has noticed


def refused(cluster, store, api=None):
    """Return why a cluster is refused."""
    with pytest.raises(ClusterError) as told:
        require_cluster(Where(cluster.address, -1), store, api)
    return str(told.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--runner=spark"], "--runner: found 'spark'"),
        (["--runner=dask", "--scheduler=node1:8786"], "tcp://host:port"),
        (["--runner=dask", "--scheduler=tcp://node1:99999"], "tcp://host:port"),
        (["--scheduler=tcp://node1:8786"], "it is used with --runner dask alone"),
    ],
)
def test_a_wrong_runner_or_address_is_a_bad_option(options, told):
    with pytest.raises(UsageError) as error:
        read_command(RunConfig, options)
    assert told in str(error.value)


def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(where, "find_spec", lambda name: None if name == "distributed" else name)
    with pytest.raises(ClusterError, match="make setup-cluster"):
        require_extra()


def test_an_address_that_nobody_answers_is_told(own_store):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ClusterError, match="nobody answers there"):
        require_cluster(Where(f"tcp://127.0.0.1:{port}", -1), own_store, None)


def test_what_answers_and_is_no_scheduler_is_told(own_store):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ClusterError, match="does not answer as one"):
            require_cluster(Where(f"tcp://127.0.0.1:{port}", -1), own_store, None)


def test_a_scheduler_without_workers_is_told(cluster, own_store):
    assert f"it has no workers. Start some with `dask worker {cluster.address}`" in refused(
        cluster, own_store
    )


def test_a_worker_with_other_code_is_named_with_its_module(cluster, worker, own_store, tmp_path):
    copy = tmp_path / "another"
    for name in CODE:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "tasks" / "models" / "refit.py").open("a") as file:
        file.write("\nADDED = 1\n")
    with (copy / "tasks" / "models" / "memory.py").open("a") as file:
        file.write("\n# a comment changes no result\n")
    worker(code=copy)
    said = refused(cluster, own_store)
    assert "tcp://127.0.0.1" in said
    assert "code of tasks.models.refit is" in said
    assert "memory" not in said


def test_a_worker_without_the_code_is_named(cluster, worker, own_store, tmp_path):
    worker(code=tmp_path)
    said = refused(cluster, own_store)
    assert "it does not find this project's code" in said
    assert "No module named 'engine'" in said


def test_a_worker_with_another_library_is_named_with_both_versions(
    cluster, worker, own_store, tmp_path
):
    """Its metadata are found first: a folder that claims another joblib."""
    claim = tmp_path / "site" / "joblib-0.0.1.dist-info"
    claim.mkdir(parents=True)
    (claim / "METADATA").write_text("Metadata-Version: 2.1\nName: joblib\nVersion: 0.0.1\n")
    worker(PYTHONPATH=str(tmp_path / "site"))
    import joblib

    assert f"joblib is 0.0.1, not {joblib.__version__}" in refused(cluster, own_store)


def test_a_worker_that_does_not_reach_prefects_server_is_named(cluster, worker, own_store):
    worker()
    with socket.create_server(("127.0.0.1", 0)) as free:
        api = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    assert f"it does not reach Prefect's server {api}" in refused(cluster, own_store, api)


def test_a_worker_that_sees_another_folder_is_named(tmp_path, own_store):
    """What a worker would see of a folder that only one of two machines has."""
    with traced(own_store) as trace:
        with pytest.raises(StoreError, match="does not see the store"):
            look_at_trace(Trace(tmp_path / "elsewhere" / trace.path.name, trace.content))
        with pytest.raises(StoreError, match="sees another folder as the store"):
            look_at_trace(Trace(trace.path, "other content"))


def test_a_store_that_a_worker_cannot_write_is_told():
    """Without the right to write; root has every right, so the process is another user's."""
    look = (
        "import os, sys; from pathlib import Path; from engine.errors import StoreError\n"
        "from engine.store.probe import Trace, look_at_trace\n"
        "open(os.devnull, encoding='ascii').close()  # later it may read no module\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: look_at_trace(Trace(Path(sys.argv[1]), sys.argv[2]))\n"
        "except StoreError as error: print(error)"
    )
    with tempfile.TemporaryDirectory() as folder, traced(Path(folder)) as trace:
        Path(folder).chmod(0o555)
        trace.path.chmod(0o644)
        command = [sys.executable, "-c", look, trace.path, trace.content]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        Path(folder).chmod(0o755)
    assert f"it cannot write the store {folder}" in told


def test_a_file_system_without_locks_between_processes_is_refused(own_store, monkeypatch):
    """As a network file system mounted without locks: each process gets the lock."""
    monkeypatch.setattr(probe.fcntl, "flock", lambda *_: None)
    with pytest.raises(StoreError, match="a lock of one process does not keep another one out"):
        require_file_system(own_store)
    assert [each.name for each in own_store.iterdir()] == [STORE_MARK]


def test_a_file_system_that_cannot_flush_is_refused(own_store, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(probe.os, "fsync", refuse)
    with pytest.raises(StoreError, match=r"what a store needs: Invalid argument.*--store"):
        require_file_system(own_store)
    assert [each.name for each in own_store.iterdir()] == [STORE_MARK]
