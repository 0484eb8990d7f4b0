"""The direction of imports, and that importing does no work."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.source_digest import imported_names

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("artifacts", "flows", "tasks")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def first_party(path: Path) -> set[str]:
    names = imported_names(path.read_text(), path.parent.name)
    return {name for name in names if name.split(".")[0] in ROOMS}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    found = first_party(path)
    if room == "tasks":
        assert all(name.startswith("tasks") for name in found)
    if room == "artifacts":
        outside = {name for name in found if not name.startswith("artifacts")}
        modules = {".".join(name.split(".")[:2]) for name in outside}
        assert all(name == "tasks" or "records" in name.split(".")[1] for name in modules)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_only_defines_when_it_is_imported(path):
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
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
        if path.parent.name == "artifacts"
        and any(n.split(".")[0] == "prefect" for n in imported_names(path.read_text(), "artifacts"))
    ]
    assert knowing == ["publish.py"]
