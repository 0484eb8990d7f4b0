"""What the README says is true: its table of knobs, its commands, its tour."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.knobs import knob_table

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(set(re.findall(r"python -m (flows\.\w+)", README)))
FILES = sorted(set(re.findall(r"`((?:flows|tasks|artifacts)/\w*\.?\w*)`", README)))
TARGETS = sorted(set(re.findall(r"`make (\w+)|\$ make (\w+)", README)))


def test_the_table_of_knobs_is_the_one_the_program_writes():
    assert knob_table() in README


@pytest.mark.parametrize("module", MODULES)
def test_every_command_of_the_readme_answers_help(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("target", ["".join(found) for found in TARGETS])
def test_every_make_target_of_the_readme_exists(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:flows|tasks|artifacts)/\w*\.?\w*)`", README)))
)
def test_every_file_of_the_tour_exists(name):
    assert (ROOT / name).exists()


def test_every_picture_of_the_readme_exists_and_has_a_text():
    for text, path in re.findall(r"!\[(.*?)\]\((.*?)\)", README):
        assert text
        assert (ROOT / path).is_file()


def test_no_file_of_the_project_names_a_folder_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home)/")
    found = [
        name
        for name in listed
        if Path(name).suffix in {".py", ".md", ".toml", ".txt", ".yaml", ""}
        and name != "tests/test_readme.py"
        and pattern.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []
