"""What many tests stand on: the real MNIST, and a store of their own."""

import os
import signal
from dataclasses import asdict
from functools import partial
from pathlib import Path

import hypothesis
import pytest

from engine.store.location import store_at
from tasks.data.content import Content
from tasks.data.idx import read_folder
from tests.support.counting import Count, Counts, Ran
from tests.support.prefect_server import running_server
from tests.support.whole_runs import DigitsRun, ended_at_once, first_digits_run

RAN = pytest.StashKey[Ran]()
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
    parser.addoption("--renew-golden", action="store_true", help="write the texts of the reports")
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
    hypothesis.settings.register_profile("untimed", deadline=None)  # no test asserts a time
    hypothesis.settings.load_profile("untimed")
    config.stash[RAN] = Ran()
    config.stash[COUNTS] = Counts()
    # so a shell or nohup starts what runs in the background, and programs of the tests inherit it
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if config.getoption("numprocesses", None):
        # workers side by side share the cores; what asks for cores by --n-jobs still gets them
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count the tests that passed, by marker, and those that count as one trial each."""
    report = yield
    counted = item.get_closest_marker("counted")
    if counted and report.when == "call":
        item.config.stash[COUNTS].add(counted.args[0], tried=1, held=int(report.passed))
    if report.skipped:
        item.config.stash[RAN].skipped += 1
    elif report.when == "call" and report.passed:
        item.config.stash[RAN].passed_with({marker.name for marker in item.iter_markers()})
    return report


def demanded_by(config) -> list[str]:
    """Return the markers of which tests must have passed."""
    return [name for name in config.getoption("prove_ran").split(",") if name]


def pytest_sessionfinish(session, exitstatus):
    """Fail a run whose demanded tests were left out, however green the rest is."""
    config, demanded = session.config, demanded_by(session.config)
    if hasattr(config, "workeroutput"):  # one of several workers: the session itself decides
        config.workeroutput["ran"] = asdict(config.stash[RAN])
        config.workeroutput["counts"] = asdict(config.stash[COUNTS])
    elif demanded and not config.stash[RAN].proves(demanded):
        session.exitstatus = max(exitstatus, pytest.ExitCode.TESTS_FAILED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Add up what a worker counted; one that died has sent nothing, and its test has failed."""
    sent = getattr(node, "workeroutput", {})
    if "ran" in sent:
        node.config.stash[RAN].add_up(sent["ran"])
        node.config.stash[COUNTS].add_up(sent["counts"])


def pytest_terminal_summary(terminalreporter, config):
    """Say how many tests of each demanded marker passed."""
    for name in demanded_by(config):
        n_passed = config.stash[RAN].passed.get(name, 0)
        terminalreporter.write_line(f"{name}: {n_passed} tests ran and passed")
    folder = config.getoption("counts")
    if folder is not None:
        counts = config.stash[COUNTS]
        terminalreporter.write_line(f"\n{counts.table()}\n\nwritten to {counts.write(folder)}")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """A real Prefect server on loopback, one for all tests that need one."""
    with running_server(tmp_path_factory.mktemp("prefect-home")) as server:
        yield server


@pytest.fixture(scope="session")
def digits_run(prefect_server, tmp_path_factory) -> DigitsRun:
    """One whole run on the bundled digits, which many tests look at."""
    return first_digits_run(prefect_server, tmp_path_factory.mktemp("digits-run"))


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(config, items):
    """Mark what reads the real MNIST, needs a server or counts, so that none can be forgotten."""
    if not config.getoption("thorough"):  # left out, not skipped: nobody demanded them
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        for name in ("mnist", "corpus"):
            if f"{name}_folder" in item.fixturenames:
                item.add_marker(name)
        if "prefect_server" in item.fixturenames:
            item.add_marker("server")
        if item.get_closest_marker("counted") or {"count", "note"} & set(item.fixturenames):
            item.add_marker("reliability")
    longest_files_first(items)


def longest_files_first(items):
    """Order files, so that no worker begins a long one when the other has nothing left to do."""
    sharing = {item.path for item in items if "digits_run" in item.fixturenames}
    served = {item.path for item in items if item.get_closest_marker("server")}
    mnist = {item.path for item in items if item.get_closest_marker("mnist")} & served
    items.sort(
        key=lambda item: (item.path not in mnist, item.path not in sharing, item.path not in served)
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file, and those of the shared run, on one worker in their order."""
    from tests.support.workers import ByFileAndSharedRun

    return ByFileAndSharedRun(config, log)


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
def corpus_folder() -> Path:
    """The folder with the five archives of SpamAssassin's corpus."""
    named = os.environ.get("SPAM_DATA_DIR")
    if not named:
        pytest.fail(
            "This test reads SpamAssassin's corpus, and SPAM_DATA_DIR is not set. Set it to a "
            "folder with the five archives, or leave these tests out with -m 'not corpus'.",
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


@pytest.fixture(autouse=True)
def no_settings_of_a_person(monkeypatch):
    """Let no test see a setting of whoever runs the tests; the folders of data are fixtures."""
    for name in [name for name in os.environ if name.startswith(("DIGITS_", "SPAM_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def refused(monkeypatch, capsys):
    """``refused(*words, ask=...)``: exit code and words of a command that ends before its flow."""
    return partial(ended_at_once, monkeypatch, capsys)


@pytest.fixture(scope="session", autouse=True)
def no_store_in_the_project(tmp_path_factory):
    """Let a test that asks for no store leave nothing where `make run` has its own."""
    with store_at(tmp_path_factory.mktemp("no-store")):
        yield


@pytest.fixture
def store(tmp_path: Path):
    """An empty store, used by everything inside the test."""
    with store_at(tmp_path / "store") as root:
        yield root
