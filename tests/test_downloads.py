"""One URL, several attempts: which failures are tried again, and how long is waited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import BROKEN, Reply, serving

from tasks.downloads import ATTEMPTS, download, pause_seconds
from tasks.errors import SourceUnavailable

pytestmark = pytest.mark.counted("promises about a network that fails")


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, without making them; jitter is always 1."""
    made = []
    monkeypatch.setattr("time.sleep", made.append)
    monkeypatch.setattr("random.random", lambda: 1.0)
    return made


def attempts(reply, path):
    """Ask for one file that fails and return how often the server was asked, and the error."""
    with serving({"/file": reply}) as server, pytest.raises(SourceUnavailable) as told:
        download(f"{server.url}/file", path)
    return len(server.asked), str(told.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(status, pauses, tmp_path):
    asked, message = attempts(Reply(status=status), tmp_path / "file")
    assert asked == ATTEMPTS
    assert f"answered {status}" in message
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_status_that_stays_is_not_tried_again(status, pauses, tmp_path):
    asked, message = attempts(Reply(status=status), tmp_path / "file")
    assert asked == 1
    assert f"answered {status}" in message
    assert pauses == []


@pytest.mark.usefixtures("pauses")
def test_a_later_attempt_replaces_what_an_earlier_one_left(tmp_path):
    half = Reply(b"0123456789", manner="half")
    with serving({"/file": [half, BROKEN, Reply(b"whole")]}) as server:
        download(f"{server.url}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"whole"


@given(st.integers(1, 10), st.floats(0, 1))
def test_a_pause_lies_between_half_and_the_whole_of_a_doubling_time(attempt, jitter):
    whole = 0.5 * 2 ** (attempt - 1)
    assert whole / 2 <= pause_seconds(attempt, jitter) <= whole
