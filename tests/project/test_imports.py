"""The direction of imports, and that importing does no work."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cache.code import imported_names
from engine.paths import ROOT

FLOORS = ("engine", "tasks", "artifacts", "flows", "benchmarks")  # each may import those before it
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
MOST_FILES = 18


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def first_party(path: Path) -> set[str]:
    package = module_of(path) if path.name == "__init__.py" else module_of(path.parent / "x")[:-2]
    names = imported_names(path.read_text(), package)
    return {name for name in names if name.split(".")[0] in FLOORS}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    above = {name for name in first_party(path) if FLOORS.index(name.split(".")[0]) > floor}
    assert above == set()


@pytest.mark.parametrize("room", ["figures", "page"])
def test_what_is_drawn_knows_the_records_of_tasks_and_nothing_else_of_them(room):
    for path in (ROOT / "artifacts" / room).glob("*.py"):
        of_tasks = {name for name in first_party(path) if name.split(".")[0] == "tasks"}
        of_topics = {name for name in of_tasks if (ROOT / "tasks" / name.split(".")[1]).is_dir()}
        assert all(name.split(".")[2:3] in ([], ["records"]) for name in of_topics), path


DIGITS_ONLY = ("tasks.data", "tasks.evidence", "tasks.models.kernel_sgd")


def test_champions_are_kept_of_any_problem():
    for path in (ROOT / "tasks" / "champion").glob("*.py"):
        assert not [name for name in first_party(path) if name.startswith(DIGITS_ONLY)], path


def test_no_folder_is_too_long_to_read():
    folders = {path.parent for path in MODULES}
    for folder in folders:
        names = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
        assert len(names) <= MOST_FILES, folder


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_only_defines_when_it_is_imported(path):
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
        ast.If,
    )
    for node in ast.parse(path.read_text()).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert is_docstring or isinstance(node, allowed), ast.unparse(node)


def test_the_flow_is_imported_without_the_heavy_libraries():
    program = (
        "import sys, flows.full_run;"
        "print(*(set(sys.modules) & {'sklearn', 'pandas', 'matplotlib', 'scipy', 'PIL'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_only_publish_knows_prefect_among_the_artifacts():
    knowing = [
        path.name
        for path in MODULES
        if path.is_relative_to(ROOT / "artifacts")
        and any(n.split(".")[0] == "prefect" for n in imported_names(path.read_text(), "artifacts"))
    ]
    assert knowing == ["publish.py"]


@pytest.mark.parametrize("room", ["selection", "evaluation", "champion"])
def test_what_serves_every_problem_knows_none_of_them(room):
    of_one = ("tasks.data", "tasks.evidence", "tasks.models.kernel_sgd", "tasks.spam")
    for path in (ROOT / "tasks" / room).glob("*.py"):
        assert [
            name
            for name in first_party(path)
            if f"{name}.".startswith(tuple(f"{each}." for each in of_one))
        ] == [], path
