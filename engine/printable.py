"""Text from outside, such as a file's name, without what a terminal or a page would obey."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

MOST_NAMED = 10
# control characters but tab and line feed, half surrogates (bytes of a name that are no text), and
# what separates lines or turns the direction of writing
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return a text, of one line or many, in which each control character is written out.

    >>> printable("5\x1b[31m.png")
    '5\\x1b[31m.png'
    """
    return _UNSEEN.sub(lambda found: _written_out(found[0]), text)


def shown(name: str | Path) -> str:
    r"""Return a file's name in one line, as a message has it.

    Ends of lines, invisible spaces and bytes that are no UTF-8 are written out, too. Letters of
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
