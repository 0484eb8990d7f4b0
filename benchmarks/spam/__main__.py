"""Accuracy and recall of the candidates beside a plain baseline: ``python -m benchmarks.spam``.

Every way of splitting is repeated with several seeds, and every model is judged on the same splits.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline

from tasks.errors import UnreachablePrecision
from tasks.models.fitting import class_scores
from tasks.models.folds import grouped_folds
from tasks.models.records import ResponseMethod
from tasks.selection.threshold import lowest_threshold
from tasks.spam.candidates import CANDIDATES, reading_headers
from tasks.spam.corpus import is_spam, read_mails
from tasks.spam.features import build
from tasks.spam.groups import alike
from tasks.spam.mail import COUNTS, parse_mail
from tasks.spam.records import MailSource

EASY = ("easy_ham", "spam")
Split = tuple[np.ndarray, np.ndarray]


def random_fifths(labels: np.ndarray, rows: np.ndarray, seeds: range) -> Iterator[Split]:
    """Yield rows to fit on and a random fifth to score, with the classes' shares."""
    for seed in seeds:
        fit, score = train_test_split(rows, test_size=0.2, random_state=seed, stratify=labels[rows])
        yield fit, score


def grouped_fifths(labels: np.ndarray, groups: np.ndarray, seeds: range) -> Iterator[Split]:
    """Yield rows to fit on and a fifth of whole groups to score."""
    for seed in seeds:
        score = grouped_folds(labels, groups, n_splits=5, seed=seed)[0]
        yield np.setdiff1d(np.arange(len(labels)), score), score


def judge(
    model: Pipeline,
    method: ResponseMethod,
    rows: np.ndarray,
    labels: np.ndarray,
    splits: Iterator[Split],
) -> str:
    """Fit and score a model on each split; return the mean figures as cells of a table."""
    found = []
    for fit, score in splits:
        start = time.perf_counter()
        fitted = clone(model).fit(rows[fit], labels[fit])
        scores = class_scores(fitted, rows[score], method)
        right = scores.argmax(axis=1) == labels[score]
        try:
            recall = lowest_threshold(labels[score] == 1, scores[:, 1], target_precision=0.99)[2]
        except UnreachablePrecision:
            recall = 0.0
        found.append((right.mean(), recall, time.perf_counter() - start))
    accuracy, recall, seconds = np.mean(found, axis=0)
    return f"{accuracy:.2%} | {recall:.2%} | {seconds:.1f}"


def words_as_the_book(line: str) -> str:
    """Return a mail's words as chapter 3's exercise counts them, without its stemming.

    Small letters; each address, number and link is one word.
    """
    mail = json.loads(line)
    text = re.sub(r"https?://\S+", " URL ", mail["text"].lower())
    text = re.sub(r"\d+(?:\.\d+)?", "NUMBER", text)
    return re.sub(r"\W+", " ", text) + " HYPERLINK" * int(mail["counts"][COUNTS.index("links")])


def as_the_book(lines: np.ndarray, labels: np.ndarray) -> str:
    """Measure what chapter 3's exercise measures, on its split; return the cells of a row.

    Logistic regression on the counts of the 1,000 most frequent words of mails without headers.
    """
    texts = [words_as_the_book(line) for line in lines]
    model = make_pipeline(
        CountVectorizer(max_features=1000, analyzer=str.split),
        LogisticRegression(max_iter=5000, random_state=42),
    )
    train, test, truth, true = train_test_split(texts, labels, test_size=0.2, random_state=42)
    accuracy = cross_val_score(model, train, truth, cv=3).mean()
    predicted = model.fit(train, truth).predict(test)
    precision, recall = precision_score(true, predicted), recall_score(true, predicted)
    return f"{accuracy:.2%} | {precision:.2%} | {recall:.2%}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spam", description=__doc__)
    parser.add_argument("--data-dir", required=True, help="folder with the five archives")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each kind [>= 1]")
    parser.add_argument("--candidates", default=",".join(CANDIDATES), help="names, by commas")
    asked = parser.parse_args()
    named = tuple(asked.candidates.split(","))
    parts = read_mails(MailSource(kind="folder", place=str(Path(asked.data_dir))), 0)
    sizes = [len(mails) for _, mails in parts]
    names = np.repeat([name for name, _ in parts], sizes)
    labels = np.repeat([is_spam(name) for name, _ in parts], sizes).astype(np.uint8)
    raw = np.array([mail.decode("latin-1") for _, mails in parts for mail in mails], dtype=object)
    lines = np.array([parse_mail(mail) for _, mails in parts for mail in mails], dtype=object)
    groups, seeds = alike(lines), range(asked.seeds)
    everything, easy = np.arange(len(labels)), np.flatnonzero(np.isin(names, EASY))
    print("| split | model | accuracy | recall at 99 % precision | fit and score, s |")
    print("|:--|:--|--:|--:|--:|")
    ways: tuple[tuple[str, Callable[[], Iterator[Split]]], ...] = (
        ("a random fifth of all", lambda: random_fifths(labels, everything, seeds)),
        ("a random fifth of easy_ham + spam", lambda: random_fifths(labels, easy, seeds)),
        ("a fifth of whole groups of all", lambda: grouped_fifths(labels, groups, seeds)),
    )
    for split, splits in ways:
        plain = make_pipeline(TfidfVectorizer(), SGDClassifier(loss="log_loss", random_state=0))
        row = judge(plain, "decision_function", raw, labels, splits())
        print(f"| {split} | plain tf-idf + SGD on the mail as sent | {row} |", flush=True)
        for headers in (True, False):
            for spec in (reading_headers(CANDIDATES[name], headers) for name in named):
                model = build(spec, seed=0, n_jobs=-1)
                row = judge(model, spec.response_method, lines, labels, splits())
                reads = "with headers" if headers else "without headers"
                print(f"| {split} | {spec.title}, {reads} | {row} |", flush=True)
    print("\n| chapter 3, easy_ham + spam | accuracy, 3 folds | precision | recall |")
    print("|:--|--:|--:|--:|\n| the book | 98.50% | 96.88% | 97.89% |")
    print(f"| here | {as_the_book(lines[easy], labels[easy])} |")


if __name__ == "__main__":
    main()
