"""Steps on Dask's workers: the same results, and what is told of them."""

import json
import re

import pytest

from tests.support.dask_cluster import begun, dask_cluster, ran, task_states

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


def test_a_local_cluster_computes_each_fit_once_in_processes_of_its_own(prefect_server, folder):
    """The results serve a run without Dask, which opens no cluster and computes nothing."""
    said = ran(prefect_server, folder, "--runner=dask", "--n-jobs=1")
    assert "joined: fit 0, fit 1, fit 2, fit 3" in said
    workers = {int(each) for each in re.findall(r"process (\d+) on", said)}
    assert workers
    assert {pid for _, pid, _ in begun(folder)} <= workers
    assert sorted(number for number, _, _ in begun(folder)) == [0, 1, 2, 3]
    assert task_states(prefect_server) == {"Completed"}
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
    said = ran(
        prefect_server, folder, "--runner=dask", f"--scheduler={cluster.address}", "--n-jobs=8"
    )
    assert len(begun(folder)) == 8
    assert {cores for _, _, cores in begun(folder)[4:]} == {1}  # those of the worker
    assert len({pid for _, pid, _ in begun(folder)[4:]}) == 2
    names = [
        sorted(path.name for path in (folder / at).iterdir()) for at in ("kept", "store/results")
    ]
    assert names[0] == names[1]
    assert re.search("joined.*", first)[0] == re.search("joined.*", said)[0]
    assert ran(prefect_server, folder).count(": reused") == 5


def test_the_seconds_of_a_fit_are_its_own_and_it_is_not_told_the_database(
    prefect_server, folder, cluster
):
    """Four fits of 2 s on two workers take 4 s, and none is told to have taken 4."""
    (folder / "seconds").write_text("2")
    said = ran(
        prefect_server,
        folder,
        "--runner=dask",
        f"--scheduler={cluster.address}",
        PREFECT_SERVER_DATABASE_CONNECTION_URL="postgresql+asyncpg://me:secret@host/prefect",
    )
    told = (folder / "database").read_text()  # nothing, or the default of its own folder
    assert not {"postgresql", "secret", "host"} & set(re.findall(r"\w+", told))
    seconds = json.loads(re.search(r"seconds: (\[.*\])", said)[1])
    assert all(2 <= each < 4 for each in seconds[:4])


def test_a_fit_that_is_too_large_for_every_worker_is_refused_with_both_numbers(
    prefect_server, folder, cluster
):
    (folder / "bytes").write_text(str(45 * 10**12))
    said = ran(prefect_server, folder, "--runner=dask", f"--scheduler={cluster.address}", code=3)
    assert "The task 'fit' needs about 45000.0 GB of memory; the largest worker has" in said
    assert not (folder / "fits").exists()
