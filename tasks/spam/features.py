"""Lines of mail -> what a model reads: words, pieces of four bytes, counts; and the models.

Stateless parts are functions; what is learned (vocabulary, frequencies, scales) is fitted in a
scikit-learn Pipeline, and so within each fold.
"""

import json
import re
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, normalize

from tasks.models.records import CandidateSpec

WORD = re.compile(r"[A-Za-z$!£0-9][\w$!.'%-]*")
GRAM, BITS, FIRST = 4, 20, 4_000  # bytes a piece; columns are hashed to 2^20; bytes that are read
HEADER = "header:"  # before a word of the headers, where they are read


def words_of(line: str, *, headers: bool) -> list[str]:
    """Return the words of a mail and its pairs of neighbouring words, in small letters."""
    mail = json.loads(line)
    words = WORD.findall(mail["text"].lower())
    found = [f"subject:{word}" for word in WORD.findall(mail["subject"].lower())]
    found += words + [" ".join(pair) for pair in pairwise(words)]
    return found + [HEADER + w for w in WORD.findall(mail["headers"].lower()) if headers]


def texts_of(line: str, *, headers: bool) -> list[bytes]:
    """Return the texts of a mail that pieces of bytes are taken from, the first bytes of each."""
    mail = json.loads(line)
    texts = [f"{mail['subject']}\n{mail['text']}", *([mail["headers"]] if headers else [])]
    return [text.encode("utf-8", "replace")[:FIRST] for text in texts]


def columns_of(text: bytes) -> np.ndarray:
    """Return the column of the piece that begins at each byte, int64 (n_bytes - 3,).

    Byte n-grams of the beginning of a mail, present or not, are what Sculley and Wachman 2007
    (SIGIR 30, 415-422) filter by; the hash is Knuth's multiplicative one.
    """
    read = np.frombuffer(text, np.uint8).astype(np.uint64)
    pieces = np.zeros(max(len(read) - GRAM + 1, 0), np.uint64)
    for i in range(GRAM):
        pieces = pieces * np.uint64(256) + read[i : i + len(pieces)]
    return ((pieces * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - BITS)).astype(np.int64)


def n_grams(lines: np.ndarray, headers: bool) -> sparse.csr_matrix:  # noqa: FBT001 - kw_args
    """Return which pieces occur in each mail, rows of unit length."""
    rows = []
    for line in lines:
        first, *rest = texts_of(line, headers=headers)
        # pieces of the headers have columns of their own
        more = [columns_of(text) + 2**BITS for text in rest]
        rows.append(np.unique(np.concatenate([columns_of(first), *more])))
    ends = np.cumsum([0, *map(len, rows)])
    ones = np.ones(ends[-1], np.float32)
    return normalize(
        sparse.csr_matrix((ones, np.concatenate(rows), ends), shape=(len(rows), 2 ** (BITS + 1)))
    )


def counts_of(lines: np.ndarray) -> np.ndarray:
    """Return the logarithms of each mail's counts, float64 (n, n_counts)."""
    logarithms: np.ndarray = np.log1p([json.loads(line)["counts"] for line in lines])
    return logarithms


def weigh_counts(scaled: np.ndarray) -> np.ndarray:
    """Cut scaled counts at 3 deviations and make them as small as the other features."""
    weighed: np.ndarray = 0.1 * np.clip(scaled, -3, 3)
    return weighed


def build(spec: CandidateSpec, *, seed: int, n_jobs: int) -> Pipeline:
    """Return a candidate's estimator of lines of mail, unfitted."""
    settings: dict[str, Any] = dict(spec.parameters)
    headers, limit = bool(settings.pop("headers")), settings.pop("max_features", None)
    reads = partial(words_of, headers=headers)
    features: list[tuple[str, Any]] = [
        ("words", TfidfVectorizer(analyzer=reads, min_df=2, max_features=limit, sublinear_tf=True)),
        ("counts", make_pipeline(
            FunctionTransformer(counts_of), StandardScaler(), FunctionTransformer(weigh_counts)
        )),
    ]  # fmt: skip
    if spec.builder == "random_forest":
        model: Any = RandomForestClassifier(random_state=seed, n_jobs=n_jobs, **settings)
    else:
        model = SGDClassifier(loss="log_loss", average=True, random_state=seed, **settings)
    if spec.builder == "n_grams":
        features.append(("n-grams", FunctionTransformer(n_grams, kw_args={"headers": headers})))
    return Pipeline([("features", FeatureUnion(features)), ("model", model)])
