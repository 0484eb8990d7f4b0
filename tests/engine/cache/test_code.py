"""Which edits move a digest, and which modules a task reaches."""

import ast
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.cache import code
from engine.cache.code import code_digests, imported_names, library_versions, syntax_digest
from engine.paths import ROOT

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


def test_two_threads_never_parse_at_once(monkeypatch):
    """In CPython 3.11 that can end in "AST constructor recursion depth mismatch"."""
    parse, at_work, most = ast.parse, [], []

    def noting(source, *more, **named):
        at_work.append(source)
        most.append(len(at_work))
        time.sleep(0.01)  # so that another thread could begin
        at_work.remove(source)
        return parse(source, *more, **named)

    monkeypatch.setattr(ast, "parse", noting)
    with ThreadPoolExecutor(4) as pool:
        digests = set(pool.map(syntax_digest, [f"x = {n}" for n in range(8)]))
    assert (len(digests), max(most)) == (8, 1)


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
    from tasks.models.folds import validation_folds
"""
    assert imported_names(source, "tasks") == {
        "typing",
        "typing.TYPE_CHECKING",
        "in_its_place",
        "tasks.models.folds",
        "tasks.models.folds.validation_folds",
    }


def test_a_task_reaches_the_modules_it_imports_lazily():
    reached = code_digests("tasks.models.cross_validate")
    assert {
        "tasks.models.cross_validate",
        "tasks.models.folds",
        "tasks.models.fitting",
        "tasks.models.build",
    } <= set(reached)
    assert "tasks.models.candidates" not in reached  # parameters travel as inputs
    assert "artifacts.reports.final_scores" not in reached


def test_a_fit_depends_on_scikit_learn_and_not_on_matplotlib():
    versions = library_versions("tasks.models.cross_validate")
    assert "scikit-learn" in versions
    assert "matplotlib" not in versions
    assert "matplotlib" in library_versions("artifacts.reports.final_scores")


def test_looking_at_code_imports_none_of_it():
    program = (
        "import sys; from engine.cache.code import code_digests;"
        "reached = code_digests('tasks.models.cross_validate');"
        "print(sorted({*reached, 'sklearn', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # what does the looking is imported, and nothing else of the project
    own = {"engine", "engine.cache", "engine.cache.code", "engine.paths"}
    assert set(ast.literal_eval(done.stdout.strip())) <= own


def test_what_is_kept_of_a_module_is_used_for_the_same_source_alone(tmp_path, monkeypatch):
    source = tmp_path / "toy.py"
    source.write_text("import math\nHALF = 1 / 2\n")
    monkeypatch.setattr("engine.cache.code.ROOT", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)

    def digest():
        clear_what_was_read()
        return code_digests("toy")["toy"]

    def refuse(_):
        raise AssertionError("It was parsed again.")

    try:
        first = digest()
        assert first == syntax_digest(source.read_text())
        with monkeypatch.context() as unable:
            unable.setattr("engine.cache.code.ast.parse", refuse)
            assert digest() == first
            assert code._read("toy").imports == {"math"}
        source.write_text("import math\nHALF = 1 / 3\n")
        assert digest() == syntax_digest(source.read_text()) != first
        (kept,) = tmp_path.glob("__pycache__/*.syntax")
        kept.write_bytes(b"\xff damaged")
        assert digest() == syntax_digest(source.read_text())
    finally:
        clear_what_was_read()


def test_a_relative_import_is_of_the_package_it_stands_in(tmp_path, monkeypatch):
    """The last folder alone would read `toy.data.other` as `data.other` and leave it out."""
    (tmp_path / "toy/data").mkdir(parents=True)
    for name, text in (
        ("toy/__init__.py", ""),
        ("toy/data/__init__.py", ""),
        ("toy/data/first.py", "from .other import f\nfrom ..near import g\n"),
        ("toy/data/other.py", "def f(): return 1\n"),
        ("toy/near.py", "def g(): return 2\n"),
    ):
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("engine.cache.code.ROOT", tmp_path)
    clear_what_was_read()
    try:
        reached = code_digests("toy.data.first")
    finally:
        clear_what_was_read()
    assert set(reached) == {"toy", "toy.data", "toy.data.first", "toy.data.other", "toy.near"}


def clear_what_was_read():
    for function in (code._reached, code._lies_here, code._found, code._read):
        function.cache_clear()
