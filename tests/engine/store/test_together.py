"""Several runs at once in one store: each fit is done once, and everyone ends well."""

import json
import time

import pytest

from tests.support.small_runs import QUICK, finish, new_folders, start, wait_for_line

AT_ONCE = "runs at once in one store"
SAME = ((),) * 4
DIFFERENT = ((), ("--target-digit=3",), ("--goal=0.5",), ("--target-precision=0.8",))


@pytest.mark.parametrize(
    ("n_runs", "knobs"),
    [
        pytest.param(2, SAME, id="2 with the same knobs"),
        pytest.param(4, DIFFERENT, id="4 with different knobs", marks=pytest.mark.slow),
        pytest.param(2, DIFFERENT, id="2 with different knobs", marks=pytest.mark.thorough),
        pytest.param(4, SAME, id="4 with the same knobs", marks=pytest.mark.thorough),
    ],
)
def test_each_step_is_done_once_and_waiters_say_for_whom(
    n_runs, knobs, prefect_server, tmp_path, count
):
    folders = new_folders(tmp_path)
    count(AT_ONCE, tried=n_runs)
    processes = [start(prefect_server, folders, *QUICK, *knobs[i]) for i in range(n_runs)]
    outputs = [finish(process) for process in processes]
    facts = [json.loads(path.read_text()) for path in folders[1].glob("2*/evaluation.json")]
    assert len(facts) == n_runs
    computed = [step["key"] for each in facts for step in each["steps"] if not step["reused"]]
    used = {step["key"] for each in facts for step in each["steps"]}
    assert sorted(computed) == sorted(used)
    fits = [key for key in computed if key.startswith("cross-validate")]
    assert len(fits) == 3
    assert len({each["prediction_sha256"] for each in facts}) == 1
    waited = [
        any(f"waiting for process {other.pid}" in output for other in processes)
        for output in outputs
    ]
    assert waited.count(False) == 1
    count(AT_ONCE, held=n_runs)


@pytest.mark.slow
def test_a_killed_holder_frees_the_one_that_waits(prefect_server, tmp_path, count, note):
    folders = new_folders(tmp_path)
    count("killed holders that freed the next", tried=1)
    holder = start(prefect_server, folders, *QUICK)
    wait_for_line(holder, "augment")
    waiting = start(prefect_server, folders, *QUICK)
    wait_for_line(waiting, f"waiting for process {holder.pid}")
    holder.kill()
    killed = time.monotonic()
    wait_for_line(waiting, "fetch: reused")
    note("from the kill of a holder to the next one's first step", f"{since(killed):.1f} s")
    holder.communicate()
    finish(waiting)
    count("killed holders that freed the next", held=1)


REMOVED = "locks kept though every file in the store's root was removed"


@pytest.mark.slow
def test_whatever_file_is_removed_during_a_run_the_second_one_waits(
    prefect_server, tmp_path, count
):
    folders = new_folders(tmp_path)
    count(REMOVED, tried=1)
    holder = start(prefect_server, folders, *QUICK)
    wait_for_line(holder, "fetch")
    (folders[0] / "run.lock").touch()  # where an earlier version had its lock
    for path in folders[0].iterdir():
        if path.is_file() and not path.name.startswith(".writing-"):
            path.unlink()
    waiting = start(prefect_server, folders, *QUICK)
    wait_for_line(waiting, "waiting for another run")
    assert holder.poll() is None
    finish(holder)
    assert "fetch: reused" in finish(waiting)
    count(REMOVED, held=1)


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_waits_is_closed_too(prefect_server, tmp_path, count):
    folders = new_folders(tmp_path)
    count("killed runs closed as Crashed by the next", tried=1)
    holder = start(prefect_server, folders, *QUICK)
    wait_for_line(holder, "fetch")
    waiting = start(prefect_server, folders, *QUICK)
    wait_for_line(waiting, f"waiting for process {holder.pid}")
    waiting.kill()
    waiting.communicate()
    finish(holder)
    assert f"process {waiting.pid} was killed" in finish(start(prefect_server, folders, *QUICK))
    count("killed runs closed as Crashed by the next", held=1)


def since(moment):
    return time.monotonic() - moment
