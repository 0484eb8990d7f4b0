"""What a run on mails is asked, and how its reports speak."""

import pytest

from artifacts.render import RenderedReport
from flows.config import RunConfig
from flows.spam.config import SpamConfig
from flows.spam_run import ask, declare
from flows.whole_run import declared_steps
from tasks.errors import DataError
from tasks.spam.corpus import plan_mails

ASKED = SpamConfig(dataset="made-mail")


@pytest.mark.parametrize(
    ("said_of_images", "said_of_mails"),
    [
        ("Is it a spam or not?", "Is it spam or not?"),
        ("70 of the 80 images of a spam", "70 of the 80 mails of spam"),
        ("The **spam** is missed most", "**Spam** is missed most"),
        ("of **them**, against 8.8 % of the spams", "of **them**, against 8.8 % of spam"),
        ("a wanted mail is taken for a spam.", "a wanted mail is taken for spam."),
        ("An image's lead is an image's", "A mail's lead is a mail's"),
        ("| `image a spam` | 60 images |", "| `image a spam` | 60 mails |"),
    ],
)  # fmt: skip
def test_a_general_report_speaks_of_mails_and_quotes_stay(said_of_images, said_of_mails):
    assert ASKED.problem.in_own_words(said_of_images) == said_of_mails
    assert RunConfig().problem.in_own_words(said_of_images) == said_of_images


def report(key, text=""):
    return RenderedReport(key=key, title="", markdown=text, figures=())


def test_reports_of_two_problems_have_no_key_in_common():
    reports = (report("5-final-scores"), report("1-is-it-a-1-or-not", "see `5-final-scores` `1-x`"))
    ours = ASKED.problem.own(reports)
    assert [each.key for each in ours] == ["spam-1-is-it-spam-or-not", "spam-5-final-scores"]
    assert ours[0].markdown == "see `spam-5-final-scores` `1-x`"
    theirs = RunConfig().problem.own(reports)
    assert not {each.key for each in ours} & {each.key for each in theirs}


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--dataset=mine",), 3, "Give one with --data-dir"),
        (("--data-dir=/no/such",), 3, "it is no folder"),
        (("--candidates=sgd,svm",), 2, "Choose one or more of: sgd, random_forest, n_grams"),
        (("--target-precision=1.5",), 2, "--target-precision"),
        (("--dataset=made-mail", "--only=nothing"), 2, "nothing"),
    ],
)
def test_what_cannot_run_is_told_before_a_server_starts(tmp_path, refused, words, code, expected):
    ended, said = refused(*words, f"--store-dir={tmp_path / 's'}", ask=ask)
    assert ended == code
    assert expected in said


def test_the_steps_are_declared_without_reading_a_mail(store):
    labels = [step.label for step in declared_steps(ASKED, declare)]
    assert labels[0] == "fetch the mails"
    assert len(labels) == len(set(labels))


def test_without_a_folder_the_site_is_asked_and_made_up_mails_are_the_fallback(store):
    labels = [each.label for each in declared_steps(SpamConfig(), declare)]
    assert labels[:2] == ["fetch the mails", "make up mails instead"]
    pinned = [each.label for each in declared_steps(SpamConfig(dataset="spamassassin"), declare)]
    assert "make up mails instead" not in pinned


def test_an_own_folder_is_known_by_its_content(tmp_path):
    (tmp_path / "ham").mkdir()
    (tmp_path / "ham" / "1").write_bytes(b"\nlunch")
    asked = SpamConfig(dataset="mine", data_dir=tmp_path)
    before = plan_mails(asked.datasets, asked.data_dir)[0][0]
    (tmp_path / "ham" / "1").write_bytes(b"\ndinner")
    assert plan_mails(asked.datasets, asked.data_dir)[0][0] != before
    with pytest.raises(DataError, match="no folder"):
        plan_mails(asked.datasets, None)
