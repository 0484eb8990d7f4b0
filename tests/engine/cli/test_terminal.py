"""What the exit code of a run means."""

import errno
import shlex
from functools import partial
from pathlib import Path

import pytest
from prefect.exceptions import PrefectException
from prefect.states import Completed, Failed
from pydantic_settings import SettingsConfigDict

from engine.cli import terminal
from engine.cli.command import RunCommand
from engine.cli.options import read_command_line
from engine.errors import UsageError
from engine.paths import ROOT
from tasks.errors import DataError


class ToyCommand(RunCommand):
    """Run a toy."""

    model_config = SettingsConfigDict(cli_prog_name="python -m toy", cli_implicit_flags=True)

    store_dir: Path = Path("data")
    text: str = "a"

    @property
    def config(self):
        return self

    @property
    def parameters(self):
        return (self,)


def exit_code(monkeypatch, outcome, *words):
    """Run a flow that ends in a state or raises, from a command line."""

    def run_noted(_, parameters, store):
        assert store is parameters[0].store_dir
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def ask():
        return read_command_line(ToyCommand, words)

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(terminal, "use_server", lambda: None)
    monkeypatch.setattr(terminal, "run_noted", run_noted)
    monkeypatch.setattr(terminal.signal, "signal", lambda *_: None)
    monkeypatch.setattr(terminal.gc, "freeze", lambda: None)  # this process goes on
    monkeypatch.setattr(terminal, "end_soon_after_signals", lambda _: None)
    monkeypatch.setattr(terminal, "in_the_middle", lambda _: None)
    monkeypatch.setattr(terminal, "show", lambda _: None)
    return terminal.run_from_command_line(None, lambda _: None, ask)


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


NO_MEMORY = (
    MemoryError("Unable to allocate 2.00 GiB"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("can't start new thread"),
)


@pytest.mark.parametrize("error", NO_MEMORY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("in_a_step", [True, False])
def test_memory_that_runs_out_is_a_plain_error(monkeypatch, capsys, error, in_a_step):
    assert exit_code(monkeypatch, Failed(data=error) if in_a_step else error) == 3
    said = capsys.readouterr().err
    assert "not enough memory" in said
    assert "--n-jobs 1" in said
    assert "Traceback" not in said


def test_a_server_that_does_not_start_is_a_plain_error(monkeypatch, capsys):
    assert exit_code(monkeypatch, RuntimeError("Timed out.")) == 3
    said = capsys.readouterr().err
    assert "PREFECT_API_URL" in said
    assert "Traceback" not in said


def test_ctrl_c_exits_with_130_and_the_last_line_is_the_command_that_goes_on(monkeypatch, capsys):
    assert exit_code(monkeypatch, KeyboardInterrupt(), "--text=a b") == 130
    assert capsys.readouterr().err.splitlines()[-1] == "python -m toy --text 'a b'"


@pytest.mark.parametrize("error", [DataError("asked, found, do"), PrefectException("odd")])
def test_the_last_line_after_an_error_is_the_command_that_goes_on(monkeypatch, capsys, error):
    exit_code(monkeypatch, Failed(data=error), "--verbose", "--text", "it's")
    line = capsys.readouterr().err.splitlines()[-1]
    assert read_command_line(ToyCommand, shlex.split(line)[3:]) == ToyCommand(
        verbose=True, text="it's"
    )


def test_a_run_that_ended_leaves_no_command(monkeypatch, capsys):
    for outcome in (Completed(), Failed(name="GoalMissed", message="missed by far")):
        exit_code(monkeypatch, outcome)
        assert "python -m toy" not in capsys.readouterr().err


def test_what_is_wrong_before_the_flow_is_told_without_calling_it(monkeypatch, capsys):
    def ask(error):
        raise error

    def flow(*_, **__):
        pytest.fail("the flow was called")

    for error, code in ((UsageError("no such step"), 2), (DataError("no such folder"), 3)):
        assert terminal.run_from_command_line(flow, print, partial(ask, error)) == code
        assert str(error) in capsys.readouterr().err


def test_quiet_and_verbose_contradict_each_other(monkeypatch, capsys):
    assert exit_code(monkeypatch, Completed(), "--quiet", "--verbose") == 2
    assert "--quiet" in capsys.readouterr().err


def test_version_names_the_project_as_its_pyproject_does(capsys):
    with pytest.raises(SystemExit) as left:
        read_command_line(ToyCommand, ["--version"])
    assert left.value.code == 0
    (line,) = capsys.readouterr().out.splitlines()
    name, version = line.split()
    text = (ROOT / "pyproject.toml").read_text()
    assert f'name = "{name}"\nversion = "{version}"\n' in text


@pytest.mark.parametrize(
    ("stop", "code", "said"),
    [
        (None, 0, ""),
        (UsageError("no such name"), 2, "no such name"),
        (DataError("asked, found, do"), 3, "asked, found, do"),
        (ZeroDivisionError("odd"), 4, "Traceback"),
        (KeyboardInterrupt(), 130, "half is done"),
    ],
)
@pytest.mark.parametrize("place", ["ask", "do"])
def test_a_command_without_a_flow_ends_with_the_codes_of_one_with_a_flow(
    place, stop, code, said, capsys
):
    def stopped(*_):
        if stop is not None:
            raise stop

    steps = {"ask": lambda: None, "do": lambda _: None} | {place: stopped}
    assert terminal.run_command(steps["ask"], steps["do"], interrupted="half is done") == code
    assert said in capsys.readouterr().err
