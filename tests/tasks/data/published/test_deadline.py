"""A process of its own ends when its time is over, whatever it does."""

import pytest

from tasks.data.published.network import answer, run_module, scratch_folder
from tasks.errors import SourceUnavailable


def test_a_module_that_hangs_is_ended():
    # http.server never ends by itself; the seconds are taken for its port
    with pytest.raises(SourceUnavailable, match=r"no complete answer within 0\.5 s"):
        run_module("http.server", "--bind", "127.0.0.1", "--directory", seconds=0.5)


def test_what_a_module_says_last_is_what_is_told():
    with pytest.raises(SourceUnavailable, match=r"No module named tasks\.nowhere"):
        run_module("tasks.nowhere", seconds=30)


def test_an_attempt_without_failure_answers_zero(monkeypatch):
    monkeypatch.setattr("signal.alarm", lambda _: 0)
    called = []
    assert answer(lambda *arguments: called.append(arguments), ["url", "folder", "3.5"]) == 0
    assert called == [("url", "folder")]


def test_a_failed_attempt_says_why_on_its_last_line(monkeypatch, capsys):
    monkeypatch.setattr("signal.alarm", lambda _: 0)

    def fail():
        raise SourceUnavailable("answered 404")

    assert answer(fail, ["1"]) != 0
    assert capsys.readouterr().err == "answered 404\n"


def test_a_process_whose_parent_died_ends_soon_after_its_time(monkeypatch):
    alarms = []
    monkeypatch.setattr("signal.alarm", alarms.append)
    answer(lambda: None, ["7.2"])
    assert 8 <= alarms[0] <= 20


def test_a_scratch_folder_is_gone_afterwards_even_after_an_error():
    seen = []

    def fill():
        with scratch_folder() as folder:
            (folder / "half-a-file").write_bytes(b"x")
            seen.append(folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert not seen[0].exists()


def test_no_room_for_temporary_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with (
        pytest.raises(SourceUnavailable, match="temporary files cannot be written"),
        scratch_folder(),
    ):
        pass
