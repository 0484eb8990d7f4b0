"""Which IDX files of a folder belong together, told from their names."""

import re
from collections.abc import Iterable

from engine.printable import shown
from tasks.errors import DataError

# what browsers and file managers put into the name of a second copy
COPY_MARK = r"(?: ?\((?:\d+|copy|kopie)\)|[ -]+(?:copy|kopie)(?: \(?\d+\)?)?|-\d+)"
_IDX_NAME = re.compile(
    rf"(?P<begin>.*)(?P<part>images|labels)[-.]idx[13]-ubyte(?P<mark>{COPY_MARK}?)(\.gz)?",
    re.IGNORECASE,
)
_OTHER = {"images": "labels-idx1-ubyte", "labels": "images-idx3-ubyte"}

Parts = dict[str, str]  # images, labels -> the name of the file


def idx_pairs(names: Iterable[str], *, place: str) -> list[tuple[str, str]]:
    """Return the images file and the labels file of each pair among the names of a folder.

    The files of a pair begin alike. Copies such as ``a-images-idx3-ubyte (1).gz`` belong to
    copies with the same mark; a copy and an original belong together if they alone are left.

    Parameters
    ----------
    names : iterable of str
    place : str
        How a message names the folder.

    Raises
    ------
    DataError
        If one file of a pair is missing.
    """
    found: dict[str, dict[str, Parts]] = {}
    for name in sorted(names):  # an unpacked file comes before the gzipped one of the same name
        match = _IDX_NAME.fullmatch(name)
        if match:
            of_mark = found.setdefault(match["begin"], {}).setdefault(match["mark"], {})
            of_mark.setdefault(match["part"].lower(), name)
    pairs = [pair for of_begin in found.values() for pair in _joined(list(of_begin.values()))]
    for pair in pairs:
        for part, name in pair.items():
            if len(pair) == 1:
                raise DataError(
                    f"Asked for the new images in {place}; found {shown(name)} without the "
                    f"{_OTHER[part]} (.gz or not) that belongs to it. Put both files of the pair "
                    "there."
                )
    return [(pair["images"], pair["labels"]) for pair in pairs]


def is_idx_name(name: str) -> bool:
    """Whether a file is named as one of an IDX pair."""
    return _IDX_NAME.fullmatch(name) is not None


def _joined(copies: list[Parts]) -> list[Parts]:
    """Join the one images file and the one labels file that have no partner of the same mark."""
    halves = [each for each in copies if len(each) == 1]
    if len(halves) == 2 and halves[0].keys() != halves[1].keys():
        return [*(each for each in copies if len(each) == 2), halves[0] | halves[1]]
    return copies
