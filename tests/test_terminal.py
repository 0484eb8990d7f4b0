"""What the exit code of a run means."""

from prefect.exceptions import PrefectException
from prefect.states import Completed, Failed

from flows import terminal
from tasks.errors import DataError


def exit_code(monkeypatch, outcome):
    """Run a flow that ends in a state or raises, from an empty command line."""

    def flow(config, *, return_state):
        assert return_state
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr("sys.argv", ["full_run"])
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(terminal, "use_server", lambda: None)
    monkeypatch.setattr(terminal.signal, "signal", lambda *_: None)
    monkeypatch.setattr(terminal.gc, "freeze", lambda: None)  # this process goes on
    monkeypatch.setattr(terminal, "end_soon_after_signals", lambda _: None)
    return terminal.run_from_command_line(flow, lambda _: None)


def test_a_completed_run_exits_with_0(monkeypatch):
    assert exit_code(monkeypatch, Completed()) == 0


def test_a_missed_goal_exits_with_1(monkeypatch, capsys):
    assert exit_code(monkeypatch, Failed(name="GoalMissed", message="missed by far")) == 1
    assert "missed by far" in capsys.readouterr().err


def test_a_plain_error_exits_with_3_and_is_all_that_is_said(monkeypatch, capsys):
    assert exit_code(monkeypatch, Failed(data=DataError("asked, found, do"))) == 3
    said = capsys.readouterr().err
    assert "asked, found, do" in said
    assert "Traceback" not in said


def test_an_unforeseen_error_exits_with_4_and_shows_where_it_came_from(monkeypatch, capsys):
    assert exit_code(monkeypatch, Failed(data=PrefectException("odd"))) == 4
    assert "odd" in capsys.readouterr().err


def test_a_server_that_does_not_start_is_a_plain_error(monkeypatch, capsys):
    assert exit_code(monkeypatch, RuntimeError("Timed out.")) == 3
    said = capsys.readouterr().err
    assert "PREFECT_API_URL" in said
    assert "Traceback" not in said


def test_ctrl_c_exits_with_130(monkeypatch):
    assert exit_code(monkeypatch, KeyboardInterrupt()) == 130
