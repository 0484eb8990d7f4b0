"""How a name that somebody else chose is shown: as text, whatever characters it holds."""

import os
from pathlib import Path


def printable(name: str | Path) -> str:
    r"""Return a file's name with every character that could act in a terminal written out.

    Control characters (ESC among them), marks that turn the direction of writing, invisible
    spaces and bytes that are no UTF-8 become escapes, as Python writes them. Letters of every
    language stay. HTML and Markdown are text in a terminal; a page has to escape them itself.

    Examples
    --------
    >>> printable("caf\u00e9.png")
    'café.png'
    >>> print(printable("a\x1b[31m\udce9\u202egnp.exe"))
    a\x1b[31m\xe9\u202egnp.exe
    """
    return "".join(each if each.isprintable() else _written_out(each) for each in os.fspath(name))


def _written_out(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # Python's stand-in for a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
