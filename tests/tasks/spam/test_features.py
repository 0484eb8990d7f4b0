"""What a model reads of a mail, and that it is learned within a fold."""

import json

import numpy as np
import pytest

from engine.store.objects import load_array
from tasks.models.rows import load_rows, save_lines
from tasks.spam.candidates import CANDIDATES, reading_headers
from tasks.spam.corpus import made_mails
from tasks.spam.features import BITS, FIRST, build, columns_of, n_grams, words_of
from tasks.spam.fits import cross_validate_mails, refit_mails
from tasks.spam.mail import parse_mail
from tasks.spam.records import Grouped

MADE = np.array([parse_mail(m) for _, mails in made_mails() for m in mails], dtype=object)
LABELS = np.repeat([0, 1], [200, 100]).astype(np.uint8)


def test_the_columns_are_those_of_whole_numbers_of_any_size():
    """By Python's own integers, which do not wrap round."""
    text = "naïve text".encode()
    expected = [
        ((int.from_bytes(text[i : i + 4]) * 0x9E3779B97F4A7C15) % 2**64) >> (64 - BITS)
        for i in range(len(text) - 3)
    ]
    assert columns_of(text).tolist() == expected
    assert columns_of(b"abc").tolist() == []


def test_rows_of_pieces_have_length_one_or_are_empty():
    empty = json.dumps({"subject": "", "text": "", "headers": "", "counts": []})
    lengths = np.sqrt(n_grams(np.array([*MADE[:5], empty]), headers=False).power(2).sum(axis=1))
    assert np.ravel(lengths) == pytest.approx([1] * 5 + [0])


def test_headers_are_read_only_where_that_is_asked_for():
    line = parse_mail(b"X-List: telling\nSubject: lunch\n\nAt noon")
    assert words_of(line, headers=False) == ["subject:lunch", "at", "noon", "at noon"]
    assert "header:telling" in words_of(line, headers=True)
    rows = [n_grams(np.array([line], dtype=object), headers=each) for each in (False, True)]
    assert rows[1].nnz > rows[0].nnz
    assert rows[0].nonzero()[1].max() < 2**BITS


def test_no_more_than_the_first_bytes_are_hashed():
    long, longer = (
        json.dumps({"subject": "", "text": "ab" * n, "headers": "", "counts": []})
        for n in (FIRST, 2 * FIRST)
    )
    rows = n_grams(np.array([long, longer], dtype=object), headers=False)
    assert (rows[0] != rows[1]).nnz == 0


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_learns_made_up_mails_and_the_same_again(name):
    fitted = [build(CANDIDATES[name], seed=0, n_jobs=n).fit(MADE, LABELS) for n in (1, 2)]
    scores = [getattr(each, CANDIDATES[name].response_method)(MADE) for each in fitted]
    np.testing.assert_allclose(*scores)
    assert (fitted[0].predict(MADE) == LABELS).mean() > 0.95


def test_a_word_of_the_fold_that_is_scored_is_not_in_the_vocabulary():
    lines = MADE.copy()
    lines[:3] = [parse_mail(b"Subject: x\n\nunheard unheard")] * 3
    model = build(CANDIDATES["sgd"], seed=0, n_jobs=1).fit(lines[3:], LABELS[3:])
    words = dict(model.named_steps["features"].transformer_list)["words"].vocabulary_
    assert "unheard" not in words
    assert "subject:free" in words


def test_the_scores_of_a_fold_are_those_of_a_model_without_it(store):
    train, spec = save_lines(list(MADE), LABELS), CANDIDATES["sgd"]
    each_by_itself = Grouped(rows=train.rows, labels=train.labels)
    found = cross_validate_mails.fn(spec, 1, each_by_itself, 3, 0, 1)
    fold = load_array(found.validation_index)
    rest = np.setdiff1d(np.arange(300), fold)
    model = build(spec, seed=0, n_jobs=1).fit(MADE[rest], LABELS[rest])
    np.testing.assert_allclose(load_array(found.scores)[:, 1], model.decision_function(MADE[fold]))


def test_lines_come_back_from_the_store_as_they_were(store):
    lines = [*MADE[:3], parse_mail("Subject: é\n\n\u2028 line\r\n separators \x0b \x85".encode())]
    assert load_rows(save_lines(lines, LABELS[:4])).tolist() == lines


def test_a_refit_is_of_all_mails(store):
    fitted = refit_mails.fn(CANDIDATES["sgd"], save_lines(list(MADE), LABELS), 0, 1)
    assert (fitted.n_train, fitted.classes) == (300, (0, 1))


def test_a_candidate_that_reads_headers_has_another_key():
    spec = CANDIDATES["n_grams"]
    assert reading_headers(reading_headers(spec, True), False) == spec
    assert reading_headers(spec, True) != spec
