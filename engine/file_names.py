"""How the name of a file is shown in a message: as text in one line, whatever it holds."""

import os
from collections.abc import Sequence
from pathlib import Path

MOST_NAMED = 10


def shown(name: str | Path) -> str:
    r"""Return a file's name with every character that could act in a terminal written out.

    Control characters (ESC among them), ends of lines, marks that turn the direction of writing,
    invisible spaces and bytes that are no UTF-8 become escapes, as Python writes them. Letters of
    every language stay. HTML and Markdown are text in a terminal; a page has to escape them.

    Examples
    --------
    >>> shown("caf\u00e9.png")
    'café.png'
    >>> print(shown("a\x1b[31m\udce9\u202egnp.exe"))
    a\x1b[31m\xe9\u202egnp.exe
    """
    return "".join(each if each.isprintable() else _written_out(each) for each in os.fspath(name))


def some_of(names: Sequence[str]) -> str:
    """List at most ten names, printable, and say how many more there are."""
    more = len(names) - MOST_NAMED
    named = ", ".join(shown(name) for name in names[:MOST_NAMED])
    return f"{named} and {more:,} more" if more > 0 else named


def _written_out(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # Python's stand-in for a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
