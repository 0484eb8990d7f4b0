"""How a data set may be called, and the names that are known without a folder."""

import re

from tasks.errors import DataError

MNIST = "mnist_784"
BUNDLED = "digits"
AUTO = "auto"
KNOWN_NAMES = (AUTO, MNIST, BUNDLED)
OWN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def names_meant_by(dataset: str) -> tuple[str, ...]:
    """Return the name of the data set that is asked for, and of what may be taken instead.

    Examples
    --------
    >>> names_meant_by("auto"), names_meant_by("MNIST_784"), names_meant_by("own")
    (('mnist_784', 'digits'), ('mnist_784',), ('own',))
    """
    name = known_name(dataset)
    return (MNIST, BUNDLED) if name == AUTO else (name,)


def known_name(name: str) -> str:
    """Return a data set's name as this project spells it: the known ones in lower case.

    Examples
    --------
    >>> known_name("MNIST_784"), known_name("Fashion-MNIST")
    ('mnist_784', 'Fashion-MNIST')
    """
    return name.lower() if name.lower() in KNOWN_NAMES else name


def require_name(name: str) -> None:
    """Raise unless a data set may have this name; it becomes a part of folders' names.

    Raises
    ------
    DataError
        If it has other characters than OpenML's names have.
    """
    if not OWN_NAME.fullmatch(name):
        raise DataError(
            f"Asked for the data set {name[:80]!r}; a name has 1 to 64 letters (a to z, A to Z), "
            "digits, and the characters - _ . and begins with a letter or a digit. Choose such a "
            "name with --dataset."
        )
