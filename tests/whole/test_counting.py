"""What a session proves and counts is the same with one process and with two workers."""

import json
import os
import re
import subprocess
import sys

import pytest

from engine.paths import ROOT

INI = """
[pytest]
markers =
    server: x
    browser: x
    mnist: x
    counted: x
    reliability: x
    thorough: x
"""
TESTS = """
import os
import pytest

@pytest.mark.server
@pytest.mark.counted("tests of file NAME")
@pytest.mark.parametrize("i", range(3))
def test_passes(i):
    pass

if "PYTEST_XDIST_WORKER" in os.environ:
    def test_workers_share_the_cores():
        assert os.environ["OMP_NUM_THREADS"] == "1"

def test_counts(count, note):
    count("tried in both files", tried=2, held=1)
    note("fact of NAME", "found")
"""
SKIPPED = """
import pytest

def test_is_skipped():
    pytest.skip()
"""


def session(folder, *options):
    """Run pytest with the hooks of this project's tests in a folder."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH')}"}
    for name in ("OMP_NUM_THREADS", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pytest.ini", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


TWO = ("-n2",)
ASKS = """
@pytest.fixture
def a_part(digits_run):
    pass
"""


@pytest.fixture
def folder(tmp_path):
    """Two files of tests, which two workers share."""
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(TESTS.replace("NAME", name))
    return tmp_path


@pytest.mark.parametrize("workers", [(), TWO], ids=["one process", "two workers"])
def test_what_ran_and_what_held_is_added_up_and_what_did_not_run_fails_it(folder, workers):
    done = session(folder, *workers, "--prove-ran=server,browser", "--counts=counts")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "10 passed" in done.stdout if workers else "8 passed" in done.stdout
    assert "server: 6 tests ran and passed" in done.stdout
    assert "browser: 0 tests ran and passed" in done.stdout
    found = json.loads((folder / "counts" / "counts.json").read_text())
    rows = {"tests of file a": 3, "tests of file b": 3}
    assert found["tried"] == rows | {"tried in both files": 4}
    assert found["held"] == rows | {"tried in both files": 2}
    assert found["facts"] == {"fact of a": "found", "fact of b": "found"}


@pytest.mark.slow
@pytest.mark.parametrize(("shared", "n_workers"), [(False, 2), (True, 1)])
def test_a_file_stays_on_one_worker_and_so_do_those_that_share_a_run(folder, shared, n_workers):
    for path in folder.glob("test_*.py") if shared else ():
        path.write_text(f"{path.read_text()}\n\n{ASKS}")
    done = session(folder, *TWO, "-v")
    placed = set(re.findall(r"^\[(gw\d)\].*(test_[ab])\.py::", done.stdout, re.MULTILINE))
    assert sorted(file for _, file in placed) == ["test_a", "test_b"]
    assert len({worker for worker, _ in placed}) == n_workers


@pytest.mark.slow
def test_two_workers_prove_what_ran_unless_a_test_was_skipped(folder):
    assert session(folder, *TWO, "--prove-ran=server").returncode == 0
    (folder / "test_skipped.py").write_text(SKIPPED)
    assert session(folder, *TWO).returncode == 0
    assert session(folder, *TWO, "--prove-ran=server").returncode == 1
