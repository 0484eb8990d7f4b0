"""OpenML by name, asked by its JSON interface, on loopback: the real 70,000 and every failure."""

import socket

import numpy as np
import pytest

from tasks.data.content import MNIST_SHA256, content_digest
from tasks.data.published.openml import read_openml
from tasks.errors import SourceUnavailable
from tests.support.loopback import (
    ARFF_PATH,
    BROKEN,
    DESCRIPTION,
    HTML,
    NOT_FOUND,
    SEARCH,
    SILENT,
    Reply,
    arff,
    openml_replies,
    serving,
)

pytestmark = pytest.mark.counted("promises about a network that fails")


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files; every test leaves it empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def rows():
    """Twenty made-up images of 28 x 28 pixels and their labels."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (20, 28, 28), np.uint8), np.arange(20, dtype=np.uint8) % 10


@pytest.fixture(scope="module")
def document(rows):
    """The ARFF document of these images."""
    return arff(*rows)


def test_the_real_70_000_images_have_the_digest_of_the_idx_files(mnist):
    document = arff(
        np.concatenate([mnist.train_images, mnist.test_images]),
        np.concatenate([mnist.train_labels, mnist.test_labels]),
    )
    with serving(lambda url: openml_replies(url, document)) as openml:
        content = read_openml(openml.url, seconds=300)
    assert content.train_images.shape == (60_000, 28, 28)
    assert content_digest(content) == MNIST_SHA256


@pytest.mark.parametrize("quote", [b"", b"'"])
def test_classes_are_read_with_and_without_quotes(rows, document, quote):
    images, labels = rows
    head, data = document.split(b"@DATA\n")
    lines = [line[:-1] + quote + line[-1:] + quote for line in data.splitlines()]
    quoted = head + b"@DATA\n" + b"\n".join(lines) + b"\n"
    with serving(lambda url: openml_replies(url, quoted)) as openml:
        content = read_openml(openml.url, seconds=60)
    np.testing.assert_array_equal(content.train_images, images)
    np.testing.assert_array_equal(content.train_labels, labels)


def failing(document, changed, message, *, seconds=60.0):
    """Ask an OpenML with these replies, check the message, return the paths asked."""

    def replies(url):
        return openml_replies(url, document) | changed

    with serving(replies) as openml, pytest.raises(SourceUnavailable, match=message):
        read_openml(openml.url, seconds=seconds)
    return openml.asked


def test_a_missing_data_set_is_told(document):
    asked = failing(document, {SEARCH: NOT_FOUND}, "answered 404 Not Found for http://127.*")
    assert asked == [SEARCH]


def test_a_broken_server_is_given_up_after_three_attempts(document):
    asked = failing(document, {SEARCH: BROKEN}, r"500 Internal Server Error .*\(tried 3 times\)")
    assert asked == [SEARCH] * 3


def test_a_server_that_breaks_later_is_told(document):
    failing(document, {DESCRIPTION: BROKEN}, "answered 500 Internal Server Error for .*/data/554")


def test_html_instead_of_json_is_told_at_the_first_question(document):
    asked = failing(document, {SEARCH: HTML}, r"something else than JSON .*<!doctype html>")
    assert asked == [SEARCH]


def test_html_instead_of_json_is_told_later_on(document):
    asked = failing(document, {DESCRIPTION: HTML}, r"something else than JSON .*<!doctype html>")
    assert asked == [SEARCH, DESCRIPTION]


@pytest.mark.parametrize("path", [SEARCH, DESCRIPTION])
@pytest.mark.parametrize("answer", [b"[]", b'{"error": {"code": "372"}}', b'{"data": {}}'])
def test_json_without_what_names_the_file_is_told(document, path, answer):
    failing(document, {path: Reply(answer)}, r"something else than mnist_784 .*description lacks")


def test_half_a_body_is_told(document):
    half = Reply(document, manner="half")
    failing(document, {ARFF_PATH: half}, r"broke off in the middle of .*mnist_784\.arff")


def test_a_file_that_is_not_compressed_on_its_way_is_read_alike(rows, document):
    plain = {ARFF_PATH: Reply(document)}
    with serving(lambda url: openml_replies(url, document) | plain) as openml:
        content = read_openml(openml.url, seconds=60)
    np.testing.assert_array_equal(content.train_images, rows[0])


def test_another_document_than_the_described_one_is_told(document):
    other = Reply(document.replace(b",0\n", b",1\n"))
    failing(document, {ARFF_PATH: other}, r"something else than mnist_784 .*md5 checksum")


def test_values_that_are_no_bytes_are_told(rows):
    head, data = arff(*rows).split(b"@DATA\n")
    wrong = head + b"@DATA\n" + b"300" + data[data.index(b",") :]
    failing(wrong, {}, "something else than mnist_784 .*uint8")


def test_rows_of_another_length_are_told(rows):
    wrong = arff(*rows).replace(b",0,", b",", 1)
    failing(wrong, {}, "something else than mnist_784")


@pytest.mark.parametrize("reply", [SILENT, Reply(bytes(10_000), manner="drip")])
@pytest.mark.parametrize(("path", "seconds"), [(SEARCH, 1.0), (ARFF_PATH, 3.0)])
def test_a_server_that_drips_or_hangs_is_cut_off_at_the_deadline(document, path, seconds, reply):
    message = f"no complete answer within {seconds:g} s"
    failing(document, {path: reply}, message, seconds=seconds)


def test_a_port_where_nothing_listens_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = unused.getsockname()[1]
        with pytest.raises(SourceUnavailable, match=r"could not be reached \(.*refused"):
            read_openml(f"http://127.0.0.1:{port}", seconds=30)


def test_a_name_that_does_not_exist_is_told():
    with pytest.raises(SourceUnavailable, match="could not be reached"):
        read_openml("http://openml.invalid", seconds=30)
