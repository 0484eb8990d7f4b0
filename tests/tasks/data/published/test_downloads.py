"""One URL, several attempts: which failures are tried again, and how long is waited."""

import random

import pytest

from tasks.data.published.network import ATTEMPTS, JITTER_SECONDS, download
from tasks.errors import SourceUnavailable
from tests.support.loopback import BROKEN, Reply, serving

pytestmark = pytest.mark.counted("promises about a network that fails")


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, without making them."""
    made = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


@pytest.fixture
def full_jitter(monkeypatch):
    """Jitter is always the largest there is."""
    monkeypatch.setattr("random.uniform", lambda _, largest: largest)


def attempts(reply, path):
    """Ask for one file that fails and return how often the server was asked, and the error."""
    with serving({"/file": reply}) as server, pytest.raises(SourceUnavailable) as told:
        download(f"{server.url}/file", path)
    return len(server.asked), str(told.value)


@pytest.mark.usefixtures("full_jitter")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(status, pauses, tmp_path):
    asked, message = attempts(Reply(status=status), tmp_path / "file")
    assert asked == ATTEMPTS
    assert f"answered {status}" in message
    assert pauses == [0.5, 0.75]


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


@pytest.mark.parametrize("seed", range(20))
def test_a_pause_lies_between_a_doubling_time_and_the_jitter_above_it(seed, pauses, tmp_path):
    random.seed(seed)
    attempts(BROKEN, tmp_path / "file")
    for pause, shortest in zip(pauses, (0.25, 0.5), strict=True):
        assert shortest <= pause <= shortest + JITTER_SECONDS


def test_pauses_differ_so_that_many_clients_do_not_come_back_at_once(pauses, tmp_path):
    for seed in range(5):
        random.seed(seed)
        attempts(BROKEN, tmp_path / "file")
    assert len(set(pauses)) == len(pauses)
