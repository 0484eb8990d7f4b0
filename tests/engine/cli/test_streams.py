"""Output that nobody reads, that has no room, that was closed, or that lacks a letter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.paths import ROOT

SAYS = """
import sys
from engine.cli.surroundings import prepare_process
from engine.cli.streams import after_saying
prepare_process()
for number in range(20_000):
    print("a line of output", number, "\\u2713 \\u00fc", flush=number % 1000 == 0)
print("to the other one \\u2713", file=sys.stderr)
with open(sys.argv[1], "w") as file:  # what a command keeps is not what it says
    file.write("done")
sys.exit(after_saying(0))
"""


def said(tmp_path, redirected, **settings):
    """Run a command that says 20,000 lines, in a shell, to its end."""
    program, end = tmp_path / "says.py", tmp_path / "end"
    program.write_text(SAYS, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", f'"$0" "$1" "$2" {redirected}', sys.executable, program, end],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        check=False,
    )
    assert end.read_text() == "done"
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("redirected", "code"),
    [
        ("", 0),
        ('| head -1; exit "${PIPESTATUS[0]}"', 0),  # whoever reads has read enough
        (">&-", 0),  # it was asked for silence
        ("2>&-", 0),
        ("<&- >&- 2>&-", 0),
        (">/dev/full", 3),
        ("2>/dev/full", 3),
        (">/dev/full 2>/dev/full", 3),
    ],
)
def test_a_command_goes_on_whatever_becomes_of_its_output(tmp_path, redirected, code):
    done = said(tmp_path, redirected)
    assert done.returncode == code


def test_a_full_disk_is_told_once_in_one_sentence(tmp_path):
    told = said(tmp_path, ">/dev/full").stderr.decode()
    assert told.count("Standard output cannot be written: No space left on device.") == 1


def test_with_a_reader_nothing_is_lost_and_nothing_is_told(tmp_path):
    done = said(tmp_path, "", PYTHONIOENCODING="utf-8")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 20_000
    assert lines[-1] == "a line of output 19999 ✓ ü"
    assert done.stderr.decode() == "to the other one ✓\n"


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONUNBUFFERED": "1"},
    ],
)
def test_a_letter_that_the_encoding_lacks_is_written_as_its_escape(tmp_path, settings):
    line = said(tmp_path, "", **settings).stdout.splitlines()[-1]
    assert line == b"a line of output 19999 \\u2713 \\xfc"


def test_no_file_that_is_opened_takes_the_place_of_a_closed_output(tmp_path):
    """It would get what a child process says."""
    program = (
        "import os, subprocess, sys\n"
        "from engine.cli.surroundings import prepare_process\n"
        "prepare_process()\n"
        "with open(sys.argv[1], 'w') as file:\n"
        "    subprocess.run(['echo', 'to the closed output'], check=True)\n"
        "    assert file.fileno() > 2\n"
    )
    kept = tmp_path / "kept"
    words = [sys.executable, "-c", program, kept]
    done = subprocess.run(["bash", "-c", '"$@" <&- >&- 2>&-', "-", *words], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert Path(kept).read_text() == ""
