"""PREFECT_HOME that cannot be used is told before anything of Prefect's needs it."""

import os
import stat
import subprocess
import sys

import pytest
from prefect.settings import PREFECT_HOME, temporary_settings

from engine.paths import ROOT
from engine.server.home import HomeError, require_home
from engine.server.in_use import use_server
from engine.server.processes import server


def a_file(folder):
    (folder / "home").write_text("")
    return folder / "home"


HOMES = {
    "a file": a_file,
    "below a file": lambda folder: a_file(folder) / "home",
    "cannot be made": lambda _: "/proc/no-home",
    "a link to nowhere": lambda folder: (folder / "home").symlink_to("/proc/no") or folder / "home",
}


@pytest.mark.parametrize("what", HOMES)
def test_a_home_that_cannot_be_used_is_told_before_a_server_starts(what, tmp_path):
    home = HOMES[what](tmp_path)
    with temporary_settings({PREFECT_HOME: home}):
        for start in (use_server, server(0, dict(os.environ)).__enter__):
            with pytest.raises(HomeError, match=r"it cannot be written: .*Set PREFECT_HOME"):
                start()


def test_a_home_without_room_is_told(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        temporary_settings({PREFECT_HOME: tmp_path}),
        pytest.raises(HomeError, match="No space left on device"),
    ):
        require_home()


def test_a_home_whose_folders_are_missing_is_made_for_its_owner_alone(tmp_path):
    home = tmp_path / "a" / "b"
    with temporary_settings({PREFECT_HOME: home}):
        require_home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert list(home.iterdir()) == []


HOMES_OF_PREFECT = {"HOME", "PREFECT_HOME"}
HOMELESS = """
import os, pwd, runpy, sys
def unknown(_):
    raise KeyError
pwd.getpwuid = unknown
sys.argv = ["flows.full_run", "--version"]
runpy.run_module("flows.full_run", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(("named", "code"), [("", 3), ("home", 0)])
def test_a_user_without_a_home_is_told_unless_one_is_named(named, code, tmp_path):
    """As in a container that runs as a user of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in HOMES_OF_PREFECT}
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS],
        cwd=ROOT,
        env=kept | ({"HOME": str(tmp_path / named)} if named else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert ("Set HOME" in done.stderr) == (code == 3)
    assert "Traceback" not in done.stderr
