"""Steps on Dask's workers: the same results, and what is told of them."""

import re
import subprocess
import sys

import pytest

from engine.paths import ROOT
from tests.support.dask_cluster import dask_cluster

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture
def folder(tmp_path):
    """A folder for one store, in which fits are short."""
    (tmp_path / "seconds").write_text("0.2")
    return tmp_path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler with two workers, as on other machines."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), n_workers=2) as running:
        yield running


def started(server, folder, *options):
    """Begin the four fits."""
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from tests.support import cluster_steps as it; it.main()"),
            "--dataset=digits",
            *(f"--store-dir={folder / 'store'}", f"--output-dir={folder / 'outputs'}", *options),
        ],
        cwd=ROOT,
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(server, folder, *options, code=0):
    """Run the four fits, and return what was said."""
    process = started(server, folder, *options)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err + out
    return out + err


def begun(folder):
    """Return the number, process and cores of each fit that has begun, the first first."""
    paths = sorted((folder / "fits").glob("*"), key=lambda each: each.name.rpartition("-")[2])
    return [tuple(map(int, each.name.split("-")[:3])) for each in paths]


def task_states(server):
    """Return the names and states of the task runs of the newest flow run."""
    newest = {"flow_runs": {"id": {"any_": [server.flow_runs()[0]["id"]]}}}
    return sorted(
        (run["name"], run["state_name"]) for run in server.ask("task_runs/filter", newest)
    )


def test_a_local_cluster_computes_each_fit_once_in_processes_of_its_own(prefect_server, folder):
    """The results serve a run without Dask, which opens no cluster and computes nothing."""
    said = ran(prefect_server, folder, "--runner=dask", "--n-jobs=1")
    assert "joined: fit 0, fit 1, fit 2, fit 3" in said
    workers = {int(each) for each in re.findall(r"process (\d+) on", said)}
    assert workers
    assert {pid for _, pid, _ in begun(folder)} <= workers
    assert sorted(number for number, _, _ in begun(folder)) == [0, 1, 2, 3]
    assert {state for _, state in task_states(prefect_server)} == {"Completed"}
    for again in (ran(prefect_server, folder), ran(prefect_server, folder, "--runner=dask")):
        assert again.count(": reused") == 5
        assert "Dask cluster" not in again
    assert len(begun(folder)) == 4


def test_a_cluster_that_is_running_uses_what_was_computed_without_it(
    prefect_server, folder, cluster
):
    """One worker at least computes; its store is that of the run and not its own."""
    first = ran(prefect_server, folder, "--n-jobs=1", "--wait=0")
    (folder / "store" / "results").rename(folder / "kept")
    said = ran(prefect_server, folder, "--runner=dask", f"--scheduler={cluster.address}")
    assert len(begun(folder)) == 8
    assert len({pid for _, pid, _ in begun(folder)[4:]}) == 2
    names = [
        sorted(path.name for path in (folder / at).iterdir()) for at in ("kept", "store/results")
    ]
    assert names[0] == names[1]
    assert re.search("joined.*", first)[0] == re.search("joined.*", said)[0]
    assert ran(prefect_server, folder).count(": reused") == 5


def test_the_seconds_of_a_fit_are_its_own(prefect_server, folder, cluster):
    """Four fits of 2 s on two workers take 4 s, and none is told to have taken 4."""
    (folder / "seconds").write_text("2")
    said = ran(prefect_server, folder, "--runner=dask", f"--scheduler={cluster.address}")
    seconds = eval(re.search(r"seconds: (\[.*\])", said)[1])  # noqa: S307 - a list of numbers
    assert all(2 <= each < 4 for each in seconds[:4])
