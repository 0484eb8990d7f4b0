"""Names of classes as a figure can show them: short, as text, in letters of its font."""

from functools import cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

from tasks.class_names import ClassNames

LONGEST = 14  # characters beside an axis


def drawn_name(names: ClassNames, label: int) -> str:
    """Return a class's name for a figure; its number where the font lacks a letter of the name.

    >>> drawn_name(ClassNames(named=((1, "a rather long name"), (2, "$x$"))), 1)
    'a rather long…'
    """
    name = names.of(label)
    if not all(ord(letter) in _letters() for letter in name):
        return str(label)
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return short.replace("$", r"\$")  # two of them would begin and end a formula


def drawn_names(names: ClassNames, labels: tuple[int, ...]) -> tuple[str, ...]:
    """Return several classes' names for a figure."""
    return tuple(drawn_name(names, label) for label in labels)


def drawable(text: str) -> str:
    """Return a text in letters of the font; ``?`` stands for each that it lacks.

    >>> drawable("日 é.png")
    '? é.png'
    """
    return "".join(letter if ord(letter) in _letters() else "?" for letter in text)


@cache
def _letters() -> frozenset[int]:
    font = FT2Font(Path(get_data_path(), "fonts/ttf/DejaVuSans.ttf"))
    return frozenset(font.get_charmap())
