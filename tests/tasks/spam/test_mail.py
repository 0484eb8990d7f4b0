"""A mail becomes a line of JSON, whatever it is made of."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.spam.mail import COUNTS, LARGEST_TEXT, decode, parse_mail


def parsed(*lines, body=""):
    return json.loads(parse_mail("\n".join((*lines, "", body)).encode("latin-1")))


def count_of(mail, name):
    return mail["counts"][COUNTS.index(name)]


PIECES = st.sampled_from(
    [
        b"Content-Type: ",
        b"multipart/mixed; boundary=x\n",
        b"text/html; charset=",
        b"utf-7\n",
        b"\n\n",
        b"--x\n",
        b"--x--\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Subject: =?utf-8?b?!?=\n",
        b"<b>",
        b"From: \xff\n",
        b"=?x-unknown?q?=E9?=",
        b"Content-Type: message/rfc822\n",
        b"charset*=utf-8''%",
    ]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=30)), max_size=30))
def test_no_mail_stops_a_run(pieces):
    mail = json.loads(parse_mail(b"".join(pieces)))
    assert len(mail["counts"]) == len(COUNTS)
    assert "\n" not in parse_mail(b"".join(pieces))  # a row is a line


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00" * 100, b"no header at all"])
def test_an_empty_mail_is_a_mail(content):
    assert json.loads(parse_mail(content))["undecoded"] == 0


def test_of_html_the_text_is_read_and_no_script():
    mail = parsed(
        "Content-Type: text/html",
        body="<html><style>p{}</style><p>Buy &amp; win<script>alert(1)</script></p></html>",
    )
    assert mail["text"].split() == ["Buy", "&", "win"]
    assert (count_of(mail, "HTML parts"), count_of(mail, "HTML alone")) == (1, 1)


def test_a_charset_that_lies_is_counted_and_read():
    mail = json.loads(parse_mail(b"Content-Type: text/plain; charset=us-ascii\n\ncaf\xe9"))
    assert (mail["text"], mail["undecoded"]) == ("caf\xe9", 1)
    assert decode("café".encode(), "utf-8") == ("café", True)


def test_what_a_mailing_list_added_is_not_read():
    mail = parsed(
        "Subject: Re: [ILUG] lunch",
        body=f"At noon.\n{'_' * 40}\nIrish Linux Users' Group: http://www.linux.ie/mailman/\n",
    )
    assert mail["subject"] == "Re: lunch"
    assert mail["text"].strip() == "At noon."


def test_counts_of_a_mail_counted_by_hand():
    mail = parsed(
        "From: win99@x.example", "Reply-To: other@x.example", "Subject: FREE!     now 12",
        body="http://1.2.3.4/a and https://shop.example/b ABcd $5 $6",
    )  # fmt: skip
    found = dict(zip(COUNTS, mail["counts"], strict=True))
    assert found["links"] == 2
    assert found["numeric hosts"] == 1
    assert found["dollar signs"] == 2
    assert found["capitals of subject"] == pytest.approx(4 / 7)
    assert found["digits of the sender"] == 2
    assert found["sender without a name"] == found["reply to another address"] == 1
    assert found["gap in subject"] == 1


def test_attachments_and_nested_parts_are_walked():
    mail = parsed(
        "Content-Type: multipart/mixed; boundary=a",
        body="--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b--\n"
        "--a\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBO\n--a--\n",
    )
    assert mail["text"].strip() == "plain"
    assert (count_of(mail, "pictures"), count_of(mail, "parts")) == (1, 2)


def test_an_encoded_subject_is_decoded():
    assert parsed("Subject: =?iso-8859-1?q?caf=E9?=")["subject"] == "café"


def test_of_50_mb_the_beginning_is_read():
    start = time.perf_counter()
    mail = parsed("Subject: long", body="word " * 10_000_000)
    assert len(mail["text"]) == LARGEST_TEXT
    print(f"{time.perf_counter() - start:.1f} s")
