"""Mails that are alike, or of one thread, belong to one group."""

import json
import re
import zlib
from collections import defaultdict
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

SHINGLE, HASHES, BAND = 4, 48, 4  # words, min-hashes, min-hashes that must agree
PREFIXES = re.compile(r"^(?:\s*(?:re|fwd?)\s*:)+|[^a-z]+")


def alike(lines: np.ndarray) -> np.ndarray:
    """Return the group of each mail: near-duplicates, equal subjects, and threads by their ids.

    Near-duplicates are found by min-hashes of runs of four words in bands of four (Broder 1997;
    Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3): two mails that share
    half of their runs are found with a chance of 1 - (1 - 0.5^4)^12 = 54 %, 80 % of them 99.8 %.

    Parameters
    ----------
    lines : array of str, shape (n,)

    Returns
    -------
    int64 array, shape (n,)
    """
    holders: dict[object, list[int]] = defaultdict(list)
    rng = np.random.default_rng(0)
    factors = rng.integers(1, 2**63, HASHES, dtype=np.uint64) | np.uint64(1)
    for row, line in enumerate(lines):
        mail = json.loads(line)
        for each in mail["thread"]:
            holders[each].append(row)
        subject = PREFIXES.sub(" ", mail["subject"].lower()).strip()
        if len(subject) > 8:
            holders["subject", subject].append(row)
        for key in _bands(mail["text"], factors):
            holders[key].append(row)
    pairs = [pair for rows in holders.values() for pair in pairwise(rows)]
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(pairs)), (first, second)), shape=(len(lines), len(lines)))
    groups: np.ndarray = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def _bands(text: str, factors: np.ndarray) -> list[tuple[int, bytes]]:
    words = re.findall(r"\w+", text.lower())
    if len(words) < SHINGLE:
        return []
    runs = {
        zlib.crc32(" ".join(words[i : i + SHINGLE]).encode())
        for i in range(len(words) - SHINGLE + 1)
    }
    hashes = np.array(sorted(runs), np.uint64)[:, np.newaxis] * factors
    # the high half of a product is mixed well, the low bits are not
    least = ((hashes ^ (hashes >> np.uint64(29))) >> np.uint64(20)).min(axis=0).reshape(-1, BAND)
    return [(place, band.tobytes()) for place, band in enumerate(least)]
