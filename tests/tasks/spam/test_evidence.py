"""What is shown of a filter: claims, hardest mails, telling words."""

import numpy as np
import pytest

from artifacts.page.markdown import render_blocks
from artifacts.reports.spam import draw_hardest, draw_telling, quoted
from engine.store.objects import save_array
from tasks.models.rows import save_lines
from tasks.spam.candidates import CANDIDATES
from tasks.spam.evidence import find_hardest, find_telling
from tasks.spam.fits import refit_mails
from tasks.spam.mail import parse_mail
from tasks.spam.records import Hardest, Telling


def test_the_hardest_mails_are_the_furthest_wrong_ones_and_short(store):
    lines = [parse_mail(f"Subject: {n}\n\n{'word ' * 100}".encode()) for n in range(6)]
    column = np.array([5.0, -1, -3, 0.5, 2, -4])
    test = save_lines(lines, np.array([0, 0, 1, 0, 1, 1], np.uint8))
    found = find_hardest.fn(test, save_array(np.column_stack([-column, column]))).mistakes
    assert [(each.margin, each.is_spam) for each in found] == [
        (5.0, False), (4.0, True), (3.0, True), (0.5, False),
    ]  # fmt: skip
    assert found[0].snippet.startswith("0 / word")
    assert all(len(each.snippet) <= 70 for each in found)


@pytest.mark.parametrize("name", ["sgd", "n_grams"])
def test_a_word_that_only_spam_has_is_the_most_telling_one(store, name):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["one", "two", "three", "four", "five"], 30)) for _ in range(80)]
    labels = np.tile(np.array([0, 1], np.uint8), 40)
    lines = [
        parse_mail(f"\n{text}{' zyx' if label else ''}".encode())
        for text, label in zip(texts, labels, strict=True)
    ]
    train = save_lines(lines, labels)
    found = find_telling.fn(refit_mails.fn(CANDIDATES[name], train, 0, 1), train)
    assert max(found.words, key=lambda each: each[1])[0] == "zyx"
    weights = [weight for _, weight in found.words]
    assert weights == sorted(weights, reverse=True)
    assert bool(found.pieces) == (name == "n_grams")
    assert all(len(piece) == 4 for piece, _ in found.pieces)


NASTY = (
    "<script>alert(1)</script>",
    "a|b|c",
    "`x` **y**",
    "[l](http://x)",
    "![i](http://x/y.png)",
    "\u202e\n# h",
)


@pytest.mark.parametrize("text", NASTY)
def test_a_piece_of_a_mail_is_never_markup(text):
    shown = str(render_blocks(f"| a | b |\n|:--|--:|\n| {quoted(text)} | 1 |\n"))
    assert shown.count("<td") == 2
    assert not any(mark in shown for mark in ("<script", "<a ", "<img", "<strong", "<h1"))


def test_reports_without_anything_to_show_say_so(store):
    assert "no weights" in draw_telling.fn(None, "Random Forest").markdown
    assert draw_hardest.fn(Hardest(mistakes=())).markdown.startswith("No test mail")


def test_a_weight_of_nothing_is_on_neither_side():
    words = (("money", 2.0), ("a", 0.0), ("b", -1.0), ("c", -2.0))
    telling = Telling(words=words, pieces=(), counts=())
    rows = [row for row in draw_telling.fn(telling, "SGD").markdown.splitlines() if "`" in row]
    assert rows == ["| `money` | 2.00 | `c` | -2.00 |", "|  |  | `b` | -1.00 |"]
