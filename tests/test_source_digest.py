"""Which edits move a digest, and which modules a task reaches."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.source_digest import code_digests, imported_names, library_versions, syntax_digest

BEFORE = '''
"""What it is for."""
import math

def area(radius):
    """Return the area."""
    return math.pi * radius**2  # a comment
'''


@pytest.mark.parametrize(
    "edit",
    [
        ("What it is for", "Something else entirely"),
        ("Return the area", "Give the area"),
        ("  # a comment", ""),
        ("\n\ndef", "\n\n\n\ndef"),
    ],
)
def test_comments_docstrings_and_blank_lines_move_nothing(edit):
    assert syntax_digest(BEFORE.replace(*edit)) == syntax_digest(BEFORE)


@pytest.mark.parametrize("edit", [("**2", "**3"), ("radius", "r"), ("import math", "import cmath")])
def test_what_runs_differently_moves_the_digest(edit):
    assert syntax_digest(BEFORE.replace(*edit)) != syntax_digest(BEFORE)


def test_imports_inside_functions_count_and_those_for_type_checkers_do_not():
    source = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import only_for_types
else:
    import in_its_place
def work():
    from tasks.folds import validation_folds
"""
    assert imported_names(source, "tasks") == {
        "typing",
        "typing.TYPE_CHECKING",
        "in_its_place",
        "tasks.folds",
        "tasks.folds.validation_folds",
    }


def test_a_task_reaches_the_modules_it_imports_lazily():
    reached = code_digests("tasks.cross_validate")
    assert {"tasks.cross_validate", "tasks.folds", "tasks.fitting", "tasks.models"} <= set(reached)
    assert "tasks.candidates" not in reached  # parameters travel as inputs
    assert "artifacts.reports" not in reached


def test_a_fit_depends_on_scikit_learn_and_not_on_matplotlib():
    versions = library_versions("tasks.cross_validate")
    assert "scikit-learn" in versions
    assert "matplotlib" not in versions
    assert "matplotlib" in library_versions("flows.drawing")


def test_looking_at_code_imports_none_of_it():
    program = (
        "import sys; from tasks.source_digest import code_digests;"
        "reached = code_digests('tasks.cross_validate');"
        "print(sorted({*reached, 'sklearn', 'numpy'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['tasks', 'tasks.source_digest']"
