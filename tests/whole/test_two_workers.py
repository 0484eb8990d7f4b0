"""Two workers of one pool, each with its own problem and store, on one server."""

import pytest

from tests.support.nightly_for_tests import Night, nights, worker

pytestmark = pytest.mark.slow


@pytest.fixture
def night(prefect_server, tmp_path):
    """What the nightly command deploys; the command itself has ended."""
    with nights(prefect_server.environment, tmp_path) as command:
        assert command.press_ctrl_c() == 0, "".join(command.said)
    return Night(prefect_server, tmp_path)


def started(night, name, **config):
    """Ask for a run of a deployment; return its id."""
    (made,) = night.ask("deployments/filter", {"deployments": {"name": {"any_": [name]}}})
    places = {each: str(night.folder / name / each) for each in ("store_dir", "output_dir")}
    run = {"parameters": {"config": config | places}, "state": {"type": "SCHEDULED"}}
    return night.ask(f"deployments/{made['id']}/create_flow_run", run)["id"]


def test_two_workers_take_a_problem_each_and_neither_waits_for_the_other(night):
    digits = started(night, "nightly", dataset="digits", candidates=["sgd"], shift=0, n_splits=2)
    mails = started(night, "spam-nightly", dataset="made-mail", candidates=["sgd"])
    with worker(night, "--limit=1", "--name=one"), worker(night, "--limit=1", "--name=two"):
        for run in (digits, mails):
            state = night.wait(run)
            assert state["type"] == "COMPLETED", state
    times = {run["id"]: (run["start_time"], run["end_time"]) for run in night.runs()}
    begins, ends = zip(times[digits], times[mails], strict=True)
    assert max(begins) < min(ends)  # each worker takes one run at a time, so both were at work
    for name in ("nightly", "spam-nightly"):
        assert list((night.folder / name / "store_dir" / "results").iterdir())
        assert list((night.folder / name / "output_dir").glob("*/report.html"))
