"""Trying one source after the other, within one deadline, keeping nothing that is wrong."""

import gzip

import numpy as np
import pytest

from tasks.data.content import MNIST_SHA256, content_digest
from tasks.data.idx import PUBLISHED_NAMES, find_files
from tasks.data.sources import Source, Wanted, read_first_that_answers, with_shares
from tasks.errors import DataError, SourceUnavailable
from tests.support.loopback import NOT_FOUND, SILENT, Reply, serving
from tests.support.small_sets import small_content, write_folder

pytestmark = pytest.mark.counted("promises about a network that fails")

FIRST = f"/{PUBLISHED_NAMES[0]}.gz"
SMALL = Wanted(name="small", content_sha256=content_digest(small_content()))
MNIST = Wanted(name="mnist_784", content_sha256=MNIST_SHA256)


@pytest.fixture
def good(tmp_path):
    """A mirror's replies with the four files of a small set."""
    folder = write_folder(tmp_path / "set", small_content())
    return {f"/{path.name}": Reply(path.read_bytes()) for path in folder.iterdir()}


def mirror(url):
    """A mirror at this URL as a source."""
    return Source(kind="mirror", place=url)


def test_a_mirror_of_the_real_mnist_gives_its_digest(mnist_folder):
    files = find_files(mnist_folder)
    replies = {
        f"/{name}.gz": Reply(
            path.read_bytes() if path.suffix == ".gz" else gzip.compress(path.read_bytes(), 1)
        )
        for name, path in zip(PUBLISHED_NAMES, files, strict=True)
    }
    with serving(replies) as server:
        content, _ = read_first_that_answers(MNIST, (mirror(server.url),), seconds=60)
    assert content_digest(content) == MNIST_SHA256


def test_the_next_source_is_asked_when_one_fails(good):
    with serving({}) as missing, serving(good) as sound:
        sources = (mirror(missing.url), mirror(sound.url))
        content, source = read_first_that_answers(SMALL, sources, seconds=60)
    assert source == sources[1]
    np.testing.assert_array_equal(content.train_images, small_content().train_images)


def test_a_source_that_hangs_leaves_half_of_the_time_for_the_next(good):
    with serving({FIRST: SILENT}) as hanging, serving(good) as sound:
        sources = (mirror(hanging.url), mirror(sound.url))
        _, source = read_first_that_answers(SMALL, sources, seconds=6)
    assert source == sources[1]


def test_shares_halve_and_the_last_source_has_all_that_is_left(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    shares = []
    for _, share in with_shares(tuple(mirror(f"http://{n}") for n in range(3)), 60.0):
        shares.append(share)
        clock[0] += share  # each one uses all of its time
    assert shares == [30.0, 15.0, 15.0]


def test_a_source_that_answers_at_once_leaves_its_time_to_the_others(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    sources = tuple(mirror(f"http://{n}") for n in range(3))
    assert [share for _, share in with_shares(sources, 60.0)] == [30.0, 30.0, 60.0]


def test_when_none_answers_each_failure_is_named(store):
    with serving({}) as one, serving({FIRST: NOT_FOUND}) as other:
        sources = (Source(kind="store"), mirror(one.url), mirror(other.url))
        with pytest.raises(SourceUnavailable) as told:
            read_first_that_answers(MNIST, sources, seconds=60)
    message = str(told.value)
    assert message.startswith("Asked for mnist_784; no source gave it within 60 s: ")
    assert "this project's store does not hold it whole; " in message
    assert message.count("answered 404 Not Found") == 2
    assert one.url in message
    assert other.url in message
    assert "--fetch-deadline" in message
    assert "--data-dir" in message
    assert list(store.rglob("*.npy")) == []


def test_sound_files_of_other_images_are_not_taken_for_mnist(good):
    found = content_digest(small_content())
    expected = f"with the digest {found}, not those of mnist_784 .{MNIST_SHA256}.; they were not"
    with serving(good) as server, pytest.raises(SourceUnavailable, match=expected):
        read_first_that_answers(MNIST, (mirror(server.url),), seconds=60)


def test_a_damaged_folder_is_an_error_and_no_reason_to_look_elsewhere(tmp_path, good):
    folder = write_folder(tmp_path / "damaged", small_content())
    (folder / FIRST[1:]).write_bytes(b"oops")
    with serving(good) as server:
        sources = (Source(kind="folder", place=str(folder)), mirror(server.url))
        with pytest.raises(DataError, match="it is not gzip"):
            read_first_that_answers(SMALL, sources, seconds=60)
        assert server.asked == []


def test_a_folder_that_changed_since_it_was_looked_at_is_told(tmp_path):
    folder = write_folder(tmp_path / "set", small_content(seed=1))
    sources = (Source(kind="folder", place=str(folder)),)
    with pytest.raises(DataError, match=r"and had .* a moment ago"):
        read_first_that_answers(SMALL, sources, seconds=60)
