"""The mirrors of the four IDX files: good answers, and every kind of bad one, on loopback."""

import gzip
import socket

import numpy as np
import pytest

from tasks.data.idx import PUBLISHED_NAMES
from tasks.data.published.mirrors import read_mirror
from tasks.data.published.network import ATTEMPTS
from tasks.errors import SourceUnavailable
from tests.support.loopback import BROKEN, HTML, NOT_FOUND, Reply, serving
from tests.support.small_sets import small_content, write_folder

pytestmark = pytest.mark.counted("promises about a network that fails")

FIRST = f"/{PUBLISHED_NAMES[0]}.gz"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files; every test leaves it empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture
def good(tmp_path):
    """A mirror's replies with the four files of a small set."""
    folder = write_folder(tmp_path / "set", small_content())
    return {f"/{path.name}": Reply(path.read_bytes()) for path in folder.iterdir()}


def test_the_four_files_are_read_as_they_were_published(good):
    with serving(good) as mirror:
        content = read_mirror(mirror.url, seconds=30)
    for found, expected in zip(content, small_content(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_files_that_a_server_declares_as_gzip_encoding_stay_the_same(good):
    encoded = {path: Reply(reply.body, encoding="gzip") for path, reply in good.items()}
    with serving(encoded) as mirror:
        assert read_mirror(mirror.url, seconds=30).train_images.shape == (12, 6, 5)


def test_a_passing_failure_is_tried_again(good):
    truncated = Reply(good[FIRST].body, manner="half")
    with serving(good | {FIRST: [BROKEN, truncated, good[FIRST]]}) as mirror:
        assert read_mirror(mirror.url, seconds=30).train_images.shape == (12, 6, 5)
        assert mirror.asked.count(FIRST) == 3


def failing(replies, message, *, seconds=30.0):
    """Read from a mirror with these replies, check the message, return the paths asked."""
    with serving(replies) as mirror, pytest.raises(SourceUnavailable, match=message):
        read_mirror(mirror.url, seconds=seconds)
    return mirror.asked


def test_a_missing_file_is_not_asked_for_twice(good):
    asked = failing(good | {FIRST: NOT_FOUND}, r"answered 404 Not Found for http://127.*train-im")
    assert asked == [FIRST]


def test_a_broken_server_is_given_up_after_three_attempts(good):
    asked = failing(good | {FIRST: BROKEN}, r"answered 500 Internal Server Error .*tried 3 times")
    assert asked == [FIRST] * ATTEMPTS


def test_html_instead_of_a_file_is_told(good):
    failing(good | {FIRST: HTML}, r"something else than the IDX files .*it is not gzip")


def test_half_a_body_is_told(good):
    failing(good | {FIRST: Reply(good[FIRST].body, manner="half")}, "broke off in the middle")


def test_a_file_truncated_before_it_reached_the_mirror_is_told(good):
    failing(good | {FIRST: Reply(good[FIRST].body[:-9])}, "it is truncated")


def test_another_file_under_the_name_is_told(good):
    wrong = Reply(gzip.compress(b"GIF89a, not IDX at all"))
    failing(good | {FIRST: wrong}, "expected the magic number 00000803")


def test_a_body_without_end_is_not_kept(good):
    endless = Reply(bytes(65 * 2**20))
    failing(good | {FIRST: endless}, "sent more than 67,108,864 bytes")


@pytest.mark.parametrize("manner", ["drip", "hang"])
def test_a_mirror_that_drips_or_hangs_is_cut_off_at_the_deadline(good, manner):
    slow = Reply(bytes(10_000), manner=manner)
    failing(good | {FIRST: slow}, r"no complete answer within 1\.5 s", seconds=1.5)


def test_a_port_where_nothing_listens_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = unused.getsockname()[1]
        with pytest.raises(SourceUnavailable, match=r"could not be reached \(.*refused"):
            read_mirror(f"http://127.0.0.1:{port}", seconds=30)


def test_a_name_that_does_not_exist_is_told():
    with pytest.raises(SourceUnavailable, match="could not be reached"):
        read_mirror("http://mirror.invalid", seconds=30)
