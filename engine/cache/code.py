"""A digest of the code that decides a result: read as syntax, never as text.

It covers a module and every first-party module it reaches by import, without comments and
docstrings, so an edited comment moves nothing and an edited function moves exactly the
tasks that reach its module.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from engine.paths import ROOT

COMPUTING = ("engine", "tasks", "artifacts")
# import name -> distributions whose versions can change a number or a picture
RESULT_LIBRARIES = {
    "PIL": ("pillow",),
    "joblib": ("joblib",),
    "matplotlib": ("matplotlib",),
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "sklearn": ("scikit-learn", "scipy", "numpy"),
}


_PARSING = Lock()


class _Syntax(NamedTuple):
    """The dotted names a module imports, and the digest of its tree."""

    imports: frozenset[str]
    digest: str


def code_digests(module: str) -> dict[str, str]:
    """Return first-party module name -> syntax digest, for all that `module` reaches."""
    return {name: _read(name).digest for name in sorted(_reached(module))}


def library_versions(module: str) -> dict[str, str]:
    """Return the version of Python and of each library that can change `module`'s results."""
    imported = {name for reached in _reached(module) for name in _read(reached).imports}
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name, distributions in RESULT_LIBRARIES.items():
        if any(each.split(".")[0] == name for each in imported):
            versions |= {each: _version(each) for each in distributions}
    return dict(sorted(versions.items()))


@cache
def project_digests() -> dict[str, str]:
    """Return module name -> syntax digest, for all modules that a step may be computed by."""
    found = {}
    for path in sorted(each for top in COMPUTING for each in (ROOT / top).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = _read(name).digest
    return found


def syntax_digest(source: str) -> str:
    """Return the sha256 of a module's syntax tree without comments and docstrings."""
    return _digest(_parsed(source))


def imported_names(source: str, package: str) -> set[str]:
    """Return the dotted names a module imports anywhere but under ``TYPE_CHECKING``.

    ``from a import b`` gives both ``a`` and ``a.b``, since ``b`` may be a module.
    """
    return _imported(_parsed(source), package)


def _parsed(source: str | bytes) -> ast.Module:
    # two threads that parse at once can fail in CPython 3.11: "AST constructor recursion depth
    # mismatch" (they share a counter of how deep they are)
    with _PARSING:
        return ast.parse(source)


def _digest(tree: ast.Module) -> str:
    """Return the digest of a tree, which loses its docstrings."""
    for node in (tree, *_statements(tree)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _drop_docstring(node)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _imported(tree: ast.Module, package: str) -> set[str]:
    names: set[str] = set()
    for node in _statements(tree, _what_runs):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def _statements(
    tree: ast.AST, inside: Callable[[ast.AST], Iterable[ast.AST]] = ast.iter_child_nodes
) -> Iterator[ast.AST]:
    """Walk the statements, and what is `inside` each of them.

    Neither an import nor a docstring stands inside an expression, and most nodes are those.
    """
    for child in inside(tree):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child, inside)


def _what_runs(node: ast.AST) -> Iterable[ast.AST]:
    """Return what is inside a node; of an ``if TYPE_CHECKING:`` only its ``else``."""
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        return node.orelse
    return ast.iter_child_nodes(node)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _drop_docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


@cache
def _reached(module: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or not _is_first_party(name):
            continue
        found.add(name)
        waiting += [*_parents(name), *_read(name).imports]
    return frozenset(found)


def _parents(name: str) -> Iterable[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _is_first_party(name: str) -> bool:
    return _lies_here(name.split(".", maxsplit=1)[0]) and _found(name) is not None


@cache
def _lies_here(top: str) -> bool:
    """Whether a top-level package or module lies beside this one: then it is the project's own."""
    return _found(top) is not None


@cache
def _found(name: str) -> Path | None:
    """Return a module's source file; None if `name` is a function or a class inside one.

    Asked for ``tasks.models.fitting.flatten``, importlib's own `find_spec` would import
    ``tasks.models.fitting``, and with it scikit-learn: seconds of every warm run.
    """
    place = f"{ROOT}/{name.replace('.', '/')}"
    files = Path(f"{place}/__init__.py"), Path(f"{place}.py")
    return next((each for each in files if each.is_file()), None)


@cache
def _read(name: str) -> _Syntax:
    """Read what a module's syntax tells, or what is kept of it beside the module's bytecode.

    Parsing all modules takes 0.2 s of every run. A kept reading is of this source, by this module.
    """
    source = _found(name)
    if source is None:
        message = f"The module {name} has no source file, so its results cannot be cached."
        raise ImportError(message)
    text = source.read_bytes()
    of = hashlib.sha256(b"\0".join((name.encode(), text, _own_source()))).hexdigest()
    place = Path(cache_from_source(source)).with_suffix(".syntax")
    with suppress(OSError, ValueError):  # there is none, or it is damaged
        found_of, digest, *imports = place.read_text(encoding="ascii").split()
        if found_of == of:
            return _Syntax(frozenset(imports), digest)
    tree = _parsed(text)
    package = name if source.name == "__init__.py" else name.rpartition(".")[0]
    read = _Syntax(frozenset(_imported(tree, package)), _digest(tree))
    if not sys.dont_write_bytecode:
        _keep(place, " ".join((of, read.digest, *sorted(read.imports))))
    return read


@cache
def _own_source() -> bytes:
    return Path(__file__).read_bytes()


def _keep(place: Path, text: str) -> None:
    with suppress(OSError, UnicodeEncodeError):  # it is then read from the source again
        place.parent.mkdir(exist_ok=True)
        writing = place.with_suffix(f".{os.getpid()}")
        writing.write_text(text, encoding="ascii")
        writing.replace(place)


@cache
def _version(distribution: str) -> str:
    return metadata.version(distribution)
