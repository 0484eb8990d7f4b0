"""Alike mails are one group, and a group is on one side."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.objects import load_array
from tasks.errors import DataError
from tasks.models.folds import grouped_folds
from tasks.models.rows import load_rows, save_lines
from tasks.spam.groups import alike
from tasks.spam.mail import parse_mail
from tasks.spam.prepare import split_mails
from tasks.spam.records import Mails

WORDS = np.array([f"word{i}" for i in range(400)])


def line(text, *, subject="", thread=()):
    return json.dumps({"text": text, "subject": subject, "thread": list(thread), "counts": []})


def groups_of(*lines):
    return list(alike(np.array(lines, dtype=object)))


def texts(n, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 120)) for _ in range(n)]


def similarity(one, other):
    """Jaccard index of the runs of four words, by sets."""
    first, second = (
        {tuple(words[i : i + 4]) for i in range(len(words) - 3)}
        for words in (one.split(), other.split())
    )
    return len(first & second) / len(first | second)


def test_near_duplicates_are_together_and_others_apart():
    """Ten texts with one word changed, beside ten without anything in common."""
    originals = texts(20)
    changed = [text.replace(text.split()[60], "another", 1) for text in originals[:10]]
    groups = groups_of(*map(line, originals + changed))
    together = {(i, j) for i in range(30) for j in range(i) if groups[i] == groups[j]}
    everything = originals + changed
    near = {
        (i, j)
        for i in range(30)
        for j in range(i)
        if similarity(everything[i], everything[j]) > 0.8
    }
    assert near == {(20 + i, i) for i in range(10)}
    assert together == near


def test_how_many_near_duplicates_are_found_is_what_the_law_of_bands_says():
    """Of pairs with similarity s, 1 - (1 - s^4)^12 share a band."""
    rng = np.random.default_rng(3)
    found, expected = 0, 0.0
    for text in texts(150, seed=4):
        words = text.split()
        for place in rng.choice(120, 10, replace=False):
            words[place] = "another"
        other = " ".join(words)
        groups = groups_of(line(text), line(other))
        found += groups[0] == groups[1]
        expected += 1 - (1 - similarity(text, other) ** 4) ** 12
    assert abs(found - expected) < 4 * np.sqrt(expected)  # four deviations of a count


def test_a_reply_is_with_the_mail_it_answers():
    first, second, third, fourth = (
        b"Message-ID: <a@x>\nSubject: one\n\nWe meet at noon.",
        b"Message-ID: <b@x>\nIn-Reply-To: <a@x>\nSubject: two\n\nI cannot.",
        b"Message-ID: <c@x>\nReferences: <z@x> <b@x>\nSubject: three\n\nThen at one.",
        b"Message-ID: <d@x>\nSubject: four\n\nSomething else.",
    )
    groups = groups_of(*map(parse_mail, (first, second, third, fourth)))
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_equal_subjects_are_together_whatever_stands_before_them():
    mails = (
        line("a", subject="Re: The long lunch 7"),
        line("b", subject="FWD: re: the long lunch"),
    )
    assert len(set(groups_of(*mails))) == 1
    assert len(set(groups_of(line("a", subject="hi"), line("b", subject="hi")))) == 2


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 25)), min_size=60, max_size=120),
    st.integers(2, 4),
)
def test_no_group_is_in_two_folds_and_every_row_in_one(rows, n_splits):
    labels = np.array([label for label, _ in rows], np.uint8)
    groups = np.array([group for _, group in rows])
    try:
        folds = grouped_folds(labels, groups, n_splits=n_splits, seed=0)
    except DataError:
        assert min(len(set(groups[labels == each])) for each in (0, 1)) < n_splits
        return
    assert sorted(np.concatenate(folds)) == list(range(len(rows)))
    held = [set(groups[fold]) for fold in folds]
    assert sum(map(len, held)) == len(set.union(*held))


def test_too_few_groups_are_refused():
    with pytest.raises(DataError, match="only 1 groups"):
        grouped_folds(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]), n_splits=2, seed=0)


def test_the_split_keeps_alike_mails_on_one_side_and_names_the_parts(store):
    lines = [line(text) for text in texts(60)]
    lines += lines[:30]  # each of them twice
    labels = np.tile(np.array([0, 1], np.uint8), 45)
    mails = Mails(
        name="own", title="own", source="here", rows=save_lines(lines, labels),
        parts=(("a", 0, 60), ("b", 60, 90)), content_sha256="0", n_undecoded=0,
    )  # fmt: skip
    split = split_mails.fn(mails, 0)
    train, test = (set(load_rows(each)) for each in (split.train, split.test))
    assert train & test == set()
    assert train | test == set(lines)
    assert split.n_groups == 60
    assert len(load_array(split.training.groups)) == split.train.n_rows
    for rows, parts in ((split.train, split.train_parts), (split.test, split.test_parts)):
        found = load_rows(rows)
        for name, start, end in parts:
            whole = lines[:60] if name == "a" else lines[60:]
            assert set(found[start:end]) <= set(whole)
        assert parts[-1][2] == rows.n_rows
