"""`make` finds an environment that was left by halves or moved, and makes it anew.

A small program stands for Python, so that an installation takes no time and can be killed.
"""

import os
import shutil
import signal
import subprocess

import pytest

from engine.paths import ROOT

PYTHON = """#!/bin/sh
case "$*" in
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install"*) echo "$*" >> installed; [ ! -e slow ] || { echo begun; exec sleep 600; } ;;
esac
"""
KINDS = (
    "requirements.txt",
    "requirements-cluster.txt",
    "requirements-dev.txt",
    "requirements-docs.txt",
    "requirements-export.txt",
)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "the project"  # a blank in its path
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    for kind in KINDS:
        (folder / kind).touch()
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


# what `make test` hands to the programs that it starts
NO_MAKE = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def make(folder, target=".venv/.can-test"):
    done = subprocess.run(
        ["make", target, "PYTHON=./python"],
        cwd=folder,
        env=NO_MAKE,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def installed(folder):
    return (folder / "installed").read_text().count("-m pip install")


def begin_to_install(folder):
    """Begin an installation that takes long; return the `make` that does it."""
    (folder / "slow").touch()
    process = subprocess.Popen(
        ["make", ".venv/.can-test", "PYTHON=./python"],
        cwd=folder,
        env=NO_MAKE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if line == "begun\n":
            break
    (folder / "slow").unlink()
    return process


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_what_is_there_is_not_made_again(project):
    assert make(project)[0] == 0
    assert installed(project) == 4
    assert make(project) == (0, "make: '.venv/.can-test' is up to date.\n")


@pytest.mark.parametrize("changed", [None, *KINDS[:2]])
def test_an_installation_that_was_killed_is_begun_anew(project, changed):
    if changed:  # it was whole before, and newer requirements were being installed
        make(project)
        os.utime(project / changed, (2e9, 2e9))
    kill(begin_to_install(project))
    os.utime(project / (changed or KINDS[0]))
    code, said = make(project)
    assert code == 0
    assert "made anew: an installation was ended in the middle" in said
    assert make(project)[1] == "make: '.venv/.can-test' is up to date.\n"


def test_an_environment_that_was_killed_before_it_had_pip_is_made_anew(project):
    """As an earlier version left it: Python is there, and nothing else."""
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    (project / ".venv" / "bin" / "python").chmod(0o755)
    code, said = make(project)
    assert code == 0
    assert "made anew: it has no pip that works" in said


def test_a_project_that_was_moved_gets_its_environment_anew(project):
    make(project)
    moved = project.rename(project.parent / "elsewhere")
    code, said = make(moved)
    assert code == 0
    assert "made anew: the folder was moved" in said
    assert make(moved)[1] == "make: '.venv/.can-test' is up to date.\n"


def test_a_second_installation_at_the_same_time_is_refused(project):
    process = begin_to_install(project)
    at_work = int((project / ".venv" / ".installing").read_text())
    code, said = make(project)
    assert process.poll() is None
    assert code == 2
    assert f"Process {at_work} is installing into .venv: wait for it, or end it" in said
    kill(process)
    assert make(project)[0] == 0
