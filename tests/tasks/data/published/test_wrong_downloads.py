"""Whatever a source sends wrongly, nothing of it is kept, and the next attempt starts clean."""

import tempfile

import pytest

from tasks.data.content import content_digest
from tasks.data.fetch import fetch_dataset
from tasks.data.idx import PUBLISHED_NAMES
from tasks.data.sources import Source, Wanted
from tasks.errors import SourceUnavailable
from tests.support.loopback import BROKEN, HTML, NOT_FOUND, Reply, serving
from tests.support.small_sets import small_content, write_folder

pytestmark = pytest.mark.counted("promises about a network that fails")

SMALL = Wanted(name="small", content_sha256=content_digest(small_content()))
LAST = f"/{PUBLISHED_NAMES[-1]}.gz"


def replies_of(folder):
    return {f"/{path.name}": Reply(path.read_bytes()) for path in folder.iterdir()}


def half(reply):
    return Reply(reply.body, manner="half")


def cut_short(reply):
    return Reply(reply.body[:-9])


def one_bit_flipped(reply):
    return Reply(reply.body[:-12] + bytes([reply.body[-12] ^ 1]) + reply.body[-11:])


WRONG = {
    "404": lambda _: NOT_FOUND,
    "500": lambda _: BROKEN,
    "HTML": lambda _: HTML,
    "half a body": half,
    "a truncated file": cut_short,
    "one flipped bit": one_bit_flipped,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_wrong_is_kept_and_the_same_source_serves_when_it_is_well(
    wrong, store, tmp_path, monkeypatch
):
    """Three files come whole and the last one is wrong: none of the four may stay."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    good = replies_of(write_folder(tmp_path / "set", small_content()))
    with serving(good | {LAST: WRONG[wrong](good[LAST])}) as ill:
        source = (Source(kind="mirror", place=ill.url),)
        with pytest.raises(SourceUnavailable, match="--data-dir"):
            fetch_dataset.fn(SMALL, source, 60.0)
    assert [path for path in store.rglob("*") if path.is_file()] == []
    assert list(scratch.iterdir()) == []
    with serving(good) as well:
        dataset = fetch_dataset.fn(SMALL, (Source(kind="mirror", place=well.url),), 60.0)
    assert dataset.content_sha256 == SMALL.content_sha256


def test_other_images_sent_whole_are_not_kept(store, tmp_path):
    other = replies_of(write_folder(tmp_path / "set", small_content(seed=1)))
    with (
        serving(other) as server,
        pytest.raises(SourceUnavailable, match="they were not kept"),
    ):
        fetch_dataset.fn(SMALL, (Source(kind="mirror", place=server.url),), 60.0)
    assert [path for path in store.rglob("*") if path.is_file()] == []
