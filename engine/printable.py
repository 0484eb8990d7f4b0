"""Text from outside, such as a file's name, without what a terminal or a page would obey."""

import re

# control characters but tab and line feed, half surrogates (bytes of a name that are no text), and
# what separates lines or turns the direction of writing
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return a text in which each control character is written out.

    >>> printable("5\x1b[31m.png")
    '5\\x1b[31m.png'
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
