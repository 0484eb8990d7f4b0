"""What many tests stand on: the real MNIST, and a store of their own."""

import os
from pathlib import Path

import pytest
from counting import Count, Counts
from prefect_server import running_server

from tasks.content import Content
from tasks.idx import read_folder
from tasks.location import store_at

RAN = pytest.StashKey[dict[str, int]]()
COUNTS = pytest.StashKey[Counts]()


def pytest_addoption(parser):
    """Let CI demand that some tests really ran, and `make reliability` ask for more kills."""
    parser.addoption(
        "--prove-ran",
        default="",
        help="comma-separated markers; fail unless tests of each passed and none was skipped",
    )
    parser.addoption("--kills", type=int, default=4, help="random moments to kill a run at")
    parser.addoption("--mnist-kills", type=int, default=10, help="the same, on the real MNIST")
    parser.addoption("--thorough", action="store_true", help="also what takes many minutes")
    parser.addoption("--counts", type=Path, help="folder to write what was tried and held to")


@pytest.fixture(scope="session")
def n_kills(request) -> int:
    """How many random moments a run is killed at."""
    return request.config.getoption("kills")


@pytest.fixture(scope="session")
def n_mnist_kills(request) -> int:
    """How many random moments a run on the real MNIST is killed at."""
    return request.config.getoption("mnist_kills")


@pytest.fixture(scope="session")
def count(request) -> Count:
    """``count(what, tried=1)`` before and ``count(what, held=1)`` after, for the table."""
    return request.config.stash[COUNTS].add


@pytest.fixture(scope="session")
def note(request) -> Count:
    """``note(what, found)``: one measured fact for the table."""
    return request.config.stash[COUNTS].note


def pytest_configure(config):
    config.stash[RAN] = {"skipped": 0}
    config.stash[COUNTS] = Counts()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count the tests that passed, by marker, and those that count as one trial each."""
    report = yield
    ran = item.config.stash[RAN]
    counted = item.get_closest_marker("counted")
    if counted and report.when == "call":
        item.config.stash[COUNTS].add(counted.args[0], tried=1, held=int(report.passed))
    if report.skipped:
        ran["skipped"] += 1
    elif report.when == "call" and report.passed:
        for marker in item.iter_markers():
            ran[marker.name] = ran.get(marker.name, 0) + 1
    return report


def pytest_sessionfinish(session, exitstatus):
    """Fail a run whose demanded tests were left out, however green the rest is."""
    demanded = [name for name in session.config.getoption("prove_ran").split(",") if name]
    ran = session.config.stash[RAN]
    if demanded and (ran["skipped"] or any(not ran.get(name) for name in demanded)):
        session.exitstatus = max(exitstatus, pytest.ExitCode.TESTS_FAILED)


def pytest_terminal_summary(terminalreporter, config):
    """Say how many tests of each demanded marker passed."""
    demanded = [name for name in config.getoption("prove_ran").split(",") if name]
    ran = config.stash[RAN]
    for name in demanded:
        terminalreporter.write_line(f"{name}: {ran.get(name, 0)} tests ran and passed")
    folder = config.getoption("counts")
    if folder is not None:
        counts = config.stash[COUNTS]
        terminalreporter.write_line(f"\n{counts.table()}\n\nwritten to {counts.write(folder)}")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """A real Prefect server on loopback, one for all tests that need one."""
    with running_server(tmp_path_factory.mktemp("prefect-home")) as server:
        yield server


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(config, items):
    """Mark what reads the real MNIST or needs a server, so that none can be forgotten."""
    if not config.getoption("thorough"):  # left out, not skipped: nobody demanded them
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        if "mnist_folder" in item.fixturenames:
            item.add_marker("mnist")
        if "prefect_server" in item.fixturenames:
            item.add_marker("server")


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with the four IDX files of the real MNIST."""
    named = os.environ.get("DIGITS_DATA_DIR")
    if not named:
        pytest.fail(
            "This test reads the real MNIST, and DIGITS_DATA_DIR is not set. Set it to a folder "
            "with the four IDX files (gzipped or not), or leave these tests out with "
            "-m 'not mnist'.",
            pytrace=False,
        )
    return Path(named).expanduser().absolute()


@pytest.fixture(scope="session")
def mnist(mnist_folder: Path) -> Content:
    """The real MNIST as four read-only arrays."""
    content = read_folder(mnist_folder)
    for array in content:
        array.flags.writeable = False
    return content


@pytest.fixture
def store(tmp_path: Path):
    """An empty store, used by everything inside the test."""
    with store_at(tmp_path / "store") as root:
        yield root
