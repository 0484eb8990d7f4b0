"""Names of classes, which reports show instead of numbers; no part of what a model learns.

They come from ``--class-names`` or from a ``classes.txt`` beside the IDX files. A name is text:
whatever shows one escapes what would be markup there.
"""

import re
from pathlib import Path

from tasks.class_names import NUMBERS, ClassNames
from tasks.data.files.input_file import require_regular
from tasks.data.files.opened import opened
from tasks.errors import DataError

CLASSES_FILE = "classes.txt"
LARGEST_FILE = 64 * 1024
LONGEST_NAME = 40
HIGHEST_LABEL = 255
_NUMBERED = re.compile(r"(\d{1,3})[\s,;:]+(\S.*)")


def class_names(asked: tuple[str, ...], folder: Path | None, labels: tuple[int, ...]) -> ClassNames:
    """Return the names asked for, else those of the folder's ``classes.txt``, else none.

    Parameters
    ----------
    asked : tuple of str
        A name for each class, in the order of the labels, or ``label=name`` each.
    folder : Path or None
        Where ``classes.txt`` may lie: a name on each line, or a label and its name.
    labels : tuple of int
        The classes there are, ascending.

    Raises
    ------
    DataError
        If names are as many as neither the classes nor their labels allow, stand twice, are
        empty, too long or hold characters that cannot be shown, or a label is no class.
    """
    path = None if folder is None else folder.expanduser().absolute() / CLASSES_FILE
    if asked:
        where, lines = "--class-names", [re.sub(r"^(\d{1,3})=", r"\1 ", name) for name in asked]
    elif path is not None and (path.exists() or path.is_symlink()):
        where, lines = str(path), _lines(path)
    else:
        return NUMBERS
    pairs = _pairs(lines, labels, where)
    for label, name in pairs:
        if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
            raise DataError(
                f"Read the class names of {where}: the name of class {label} is {name[:60]!r}. "
                f"Give each class a name of 1 to {LONGEST_NAME} characters that can be shown."
            )
    doubled = sorted({name for _, name in pairs if [n for _, n in pairs].count(name) > 1})
    if doubled or len({label for label, _ in pairs}) < len(pairs):
        named = f"{', '.join(doubled)} for several classes" if doubled else "a class with two names"
        raise DataError(
            f"Read the class names of {where}: found {named}. Give each class a name of its own."
        )
    return ClassNames(named=tuple(pair for pair in pairs if pair[0] in labels))


def _lines(path: Path) -> list[str]:
    size = require_regular(path)
    if size > LARGEST_FILE:
        raise DataError(
            f"Read {path}: found {size:,} bytes, at most {LARGEST_FILE:,} are read. Give a name a "
            "line."
        )
    with opened(path) as file:
        content = file.read(LARGEST_FILE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"Read {path}: it is not text in UTF-8 ({error.reason} at byte {error.start}). Save it "
            "in UTF-8."
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pairs(lines: list[str], labels: tuple[int, ...], where: str) -> list[tuple[int, str]]:
    """Return label and name of each line: as written, or the classes in their order."""
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(numbered):
        pairs = [(int(found[1]), found[2].strip()) for found in numbered if found]
        beyond = [label for label, _ in pairs if label > HIGHEST_LABEL]
        lacking = sorted(set(labels) - {label for label, _ in pairs})
        if beyond or lacking:
            found = (
                f"the labels {_listed(beyond)}, which are above {HIGHEST_LABEL}"
                if beyond
                else f"no name for the classes {_listed(lacking)}"
            )
            raise DataError(
                f"Read the class names of {where}: found {found}. Give each class of the training "
                "set one."
            )
        return pairs
    if len(lines) != len(labels):
        raise DataError(
            f"Read the class names of {where}: found {len(lines)} names for {len(labels)} classes "
            f"({_listed(labels)}). Give a name for each class in the order of the labels, or the "
            "label with each name."
        )
    return list(zip(labels, lines, strict=True))


def _listed(labels: tuple[int, ...] | list[int]) -> str:
    shown = ", ".join(map(str, labels[:10]))
    return f"{shown} and {len(labels) - 10} more" if len(labels) > 10 else shown
