"""Whatever is lost, a run ends with a code of its own, and the same command goes on."""

import os
import re
import signal
import time

import pytest

from tests.support.dask_cluster import begun, dask_cluster, ran, started, task_states

pytestmark = [pytest.mark.xdist_group("cluster"), pytest.mark.slow]
JOINED = "joined: fit 0, fit 1, fit 2, fit 3"


@pytest.fixture
def folder(tmp_path):
    """A folder for one store, in which fits take long enough to be hit in the middle."""
    (tmp_path / "seconds").write_text("4")
    return tmp_path


@pytest.fixture
def cluster(tmp_path):
    """A scheduler with two workers; a fit that ends two of them is given up."""
    with dask_cluster(tmp_path / "dask") as running:
        for _ in range(2):
            running.start_worker()
        yield running


def wait_for_fits(folder, n_fits):
    """Wait until so many fits have begun; return them."""
    end = time.monotonic() + 120
    while len(found := begun(folder) if (folder / "fits").exists() else []) < n_fits:
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(0.5)  # into the middle of it
    return found


def in_the_middle(server, folder, *options):
    """Begin a run; return its process and the fits that are at work."""
    process = started(server, folder, "--runner=dask", *options)
    return process, wait_for_fits(folder, 1 if "--n-jobs=2" in options else 2)


def quick(folder):
    """Let fits be short from now on."""
    (folder / "seconds").write_text("0.2")


def goes_on(server, folder):
    """Run the rest without Dask; return how many steps were reused."""
    quick(folder)
    said = ran(server, folder)
    assert JOINED in said
    assert task_states(server) <= {"Completed", "Cached"}
    assert not list((folder / "store").rglob(".writing-*"))
    return said.count(": reused")


def closed(server):
    """Return whether the newest run and all its tasks have ended in Prefect."""
    assert server.flow_runs()[0]["state"]["type"] in {"FAILED", "CRASHED", "CANCELLED"}
    return task_states(server).isdisjoint({"Pending", "Running"})


def test_a_fit_whose_worker_is_killed_runs_again_elsewhere(prefect_server, folder, cluster):
    process, ((number, pid, _), *_) = in_the_middle(
        prefect_server, folder, f"--scheduler={cluster.address}"
    )
    os.kill(pid, signal.SIGKILL)
    quick(folder)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err + out
    assert f"process {pid} on" in out  # the log says which one it was
    assert JOINED in out
    again = [each for each in begun(folder) if each[0] == number]
    assert len(again) == 2
    assert again[1][1] != pid
    assert task_states(prefect_server) == {"Completed"}
    assert goes_on(prefect_server, folder) == 5


def test_a_fit_that_ends_every_worker_stops_the_run(prefect_server, folder, tmp_path):
    quick(folder)
    (folder / "deadly-1").touch()
    with dask_cluster(tmp_path / "dask", ALLOWED_FAILURES="1") as cluster:
        for _ in range(2):
            cluster.start_worker()
        said = ran(
            prefect_server, folder, "--runner=dask", f"--scheduler={cluster.address}", code=3
        )
    assert "the task 'fit' ended 2 workers, one after the other" in said
    assert len([each for each in begun(folder) if each[0] == 1]) == 2
    assert closed(prefect_server)
    (folder / "deadly-1").unlink()
    goes_on(prefect_server, folder)


def test_a_lost_scheduler_stops_the_run_which_is_never_green(prefect_server, folder, cluster):
    process, _ = in_the_middle(prefect_server, folder, f"--scheduler={cluster.address}")
    cluster.processes[0].kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 3, err + out
    assert "the connection to the scheduler was lost" in err
    assert closed(prefect_server)
    goes_on(prefect_server, folder)


def test_ctrl_c_ends_the_run_and_the_workers_it_started(prefect_server, folder):
    process, fits = in_the_middle(prefect_server, folder, "--n-jobs=1")
    begun_at = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err + out
    print(f"ended {time.monotonic() - begun_at:.1f} s after Ctrl-C")
    assert all_gone(pid for _, pid, _ in fits)
    assert closed(prefect_server)
    goes_on(prefect_server, folder)


def test_the_workers_of_a_killed_run_end_and_the_next_run_closes_it(prefect_server, folder):
    process, fits = in_the_middle(prefect_server, folder, "--n-jobs=1")
    process.kill()
    process.communicate()
    assert all_gone(pid for _, pid, _ in fits)
    killed = prefect_server.flow_runs()[0]["id"]
    quick(folder)
    said = ran(prefect_server, folder, "--runner=dask", "--n-jobs=1")
    assert f"the run {killed}" in said
    assert "closed as Crashed" in said
    assert re.search(JOINED, said)
    assert task_states(prefect_server, killed) <= {"Crashed", "Completed"}


def test_a_worker_that_outlives_its_run_spoils_nothing(prefect_server, folder, cluster):
    """It still writes its fit while the next run is at work."""
    process, _ = in_the_middle(prefect_server, folder, f"--scheduler={cluster.address}")
    process.kill()
    process.communicate()
    goes_on(prefect_server, folder)
    assert goes_on(prefect_server, folder) == 5


def all_gone(pids):
    """Return whether processes end within some seconds."""
    left, end = set(pids), time.monotonic() + 15
    while left and time.monotonic() < end:
        left = {pid for pid in left if os.path.exists(f"/proc/{pid}")}  # noqa: PTH110 - of proc
        time.sleep(0.2)
    return not left
