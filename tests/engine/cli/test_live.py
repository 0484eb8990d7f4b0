"""What a run leaves and shows in a terminal, in a pipe, and with more or less detail."""

import os
import re
import signal
import subprocess
import sys

import pytest

from engine.paths import ROOT
from tests.support.pseudo_terminal import PseudoTerminal
from tests.support.toy_steps import LONG_PATH

LABELS = (
    "count the words",
    "double the count",
    "draw a line that is as long as the count, part 1",
    "double it again",
    "draw the second line",
)
# in 45 columns: the last third stays, and one column is the sign of what is left out
SHORTENED = "draw a line that is as long a…e count, part 1"

PLAIN = [f"[ {place}/5] {label}: S (first time)" for place, label in enumerate(LABELS, start=1)]
FRAMES = set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")


def command(store, *, text="b a c", sign="#", detail="ordinary", at_once=1):
    module = "tests.support.toy_steps"
    return [sys.executable, "-m", module, str(store), text, sign, detail, str(at_once)]


def environment(seconds=0.0, **more):
    # the size of the terminal is asked of the terminal, and a worker of the tests has none
    left_out = {"CI", "NO_COLOR", "COLUMNS", "LINES"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"TERM": "xterm-256color", "TOY_SECONDS": str(seconds)} | more


def in_terminal(store, *, columns=100, seconds=0.4, more=None, **asked):
    return PseudoTerminal(
        command(store, **asked),
        columns=columns,
        environment=environment(seconds, **(more or {})),
        cwd=ROOT,
    )


def piped(store, seconds=0.0, **asked):
    done = subprocess.run(
        command(store, **asked),
        env=environment(seconds),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode()


def log_lines(log):
    return [re.sub(r"\d+\.\d s", "S", line) for line in log.read_text().splitlines()]


def steps_left(shown):
    """Return the lines that steps left, with seconds as ``S`` and blanks as one."""
    lines = [re.sub(r"\d+\.\d s", "S", " ".join(line.split())) for line in shown]
    return [line for line in lines if line[:1] in {"✓", "·", "✗"}]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The first run of the toy on a terminal of 100 columns, to its end."""
    folder = tmp_path_factory.mktemp("first")
    terminal = in_terminal(folder / "store", more={"TOY_LOG": str(folder / "log")})
    assert terminal.read_to_the_end() == 0
    return terminal, folder / "store"


def test_each_computed_step_leaves_one_line_in_order_and_the_drawing_is_gone(first):
    shown = first[0].shown
    assert [line.split(" S ")[0] for line in steps_left(shown)] == [
        f"✓ {label if len(label) <= 45 else SHORTENED}" for label in LABELS
    ]
    assert all(line.endswith("S first time") for line in steps_left(shown))
    assert shown[-1] == "the end"
    assert not any("so far" in line for line in shown)


def test_the_cursor_is_seen_again(first):
    assert b"\x1b[?25l" in first[0].written
    assert not first[0].screen.cursor.hidden


def test_a_frame_shows_the_step_at_work_and_the_whole_run(first):
    frames = [frame for frame in first[0].frames if "so far" in frame]
    assert any(
        re.search(r"^\S double it again +\d\.\d s  first time$", frame, re.MULTILINE)
        and re.search(r"3 of 5 steps · \d+ s so far$", frame, re.MULTILINE)
        for frame in frames
    )


def test_a_message_stands_above_and_a_path_is_left_whole(first):
    shown = "".join(first[0].shown)
    assert f"Report {LONG_PATH}" in shown


def test_the_log_of_a_run_holds_the_plain_lines(first):
    assert log_lines(first[1].parent / "log") == PLAIN


def test_reused_steps_leave_one_line_together_and_what_changed_says_why(first):
    terminal = in_terminal(first[1], sign="=")
    assert terminal.read_to_the_end() == 0
    assert steps_left(terminal.shown) == [
        "· 2 steps reused: count the words and double the count",
        f"✓ {SHORTENED} S --sign # -> =",
        "· double it again: reused",
        "✓ draw the second line S --sign # -> =",
    ]


def test_a_step_that_ran_before_shows_when_it_is_expected_to_end_and_the_run_too(tmp_path):
    piped(tmp_path, seconds=1.2)
    for result in tmp_path.glob("results/bar-*"):  # as if they had been pruned
        result.unlink()
    terminal = in_terminal(tmp_path, seconds=1.8)
    terminal.read_to_the_end()
    frames = "\n".join(terminal.frames)
    assert re.search(r"draw the second line +0\.\d s +[━─]+  about \d s left", frames)
    assert re.search(r"draw the second line +1\.\d s +━+  \d s last time", frames)
    # part 1 is at work; the second line is known to follow once its length is known
    assert re.search(r"2 of 5 steps · \d s so far · at least 1 s left", frames)
    assert re.search(r"4 of 5 steps · \d s so far · about 1 s left", frames)


@pytest.mark.parametrize("columns", [60, 40])
def test_no_line_is_wrapped_in_a_narrow_terminal(tmp_path, columns):
    terminal = in_terminal(tmp_path, columns=columns)
    terminal.read_to_the_end()
    left = steps_left(terminal.shown)
    assert [line.split(" S")[0][-5:] for line in left] == [label[-5:] for label in LABELS]
    for frame in terminal.frames:
        assert frame.count("so far") <= 1
        assert sum("first time" in line and line[0] != "✓" for line in frame.split("\n")) <= 1


@pytest.mark.parametrize(("before", "after"), [(100, 50), (50, 100)])
def test_a_window_that_changes_keeps_one_drawing_and_every_line(tmp_path, before, after):
    terminal = in_terminal(tmp_path, columns=before, seconds=1.0)
    terminal.read_until(lambda shown: "2 of 5 steps" in shown and "part 1" in shown)
    terminal.resize(after)
    terminal.read_until(lambda shown: "4 of 5 steps" in shown)
    shown = "\n".join(terminal.shown)
    assert terminal.read_to_the_end() == 0
    assert shown.count("so far") == 1
    assert len(steps_left(terminal.shown)) == len(LABELS)
    assert "so far" not in "\n".join(terminal.shown)
    at_work = [line for line in terminal.shown if line[:1] in FRAMES]  # none is left behind
    assert at_work == []


def test_two_steps_at_once_are_both_shown(tmp_path):
    terminal = in_terminal(tmp_path, at_once=2)
    terminal.read_to_the_end()
    both = re.compile(r"^\S double the count .*\n\S draw a line .*part 1 ", re.MULTILINE)
    assert any(both.search(frame) for frame in terminal.frames)
    assert len(steps_left(terminal.shown)) == len(LABELS)


def test_ctrl_c_leaves_a_clean_screen_and_the_cursor(tmp_path):
    terminal = in_terminal(tmp_path, seconds=30)
    terminal.read_until(lambda shown: "so far" in shown and "count the words" in shown)
    assert terminal.screen.cursor.hidden
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.read_to_the_end() == 130
    assert not terminal.screen.cursor.hidden
    assert terminal.shown[-1] == "interrupted"
    assert "so far" not in "\n".join(terminal.shown)


def test_a_step_that_fails_leaves_a_line_that_says_so(tmp_path):
    terminal = in_terminal(tmp_path, sign="refused")
    assert terminal.read_to_the_end() == 3
    assert steps_left(terminal.shown)[-1] == (
        "✗ draw a line that is as long as the count, part 1: stopped after S"
    )
    assert terminal.shown[-1] == "a refused sign"
    assert not terminal.screen.cursor.hidden


def test_a_pipe_gets_plain_lines_without_a_control_character(tmp_path):
    said = piped(tmp_path)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said)
    lines = [re.sub(r"\d+\.\d s", "S", line) for line in said.splitlines()]
    assert lines == [f"Report {LONG_PATH}", *PLAIN, "the end"]


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"CI": "true"}])
def test_ci_and_a_dumb_terminal_get_the_plain_lines(tmp_path, more):
    terminal = in_terminal(tmp_path, columns=200, more=more, seconds=0)
    assert terminal.read_to_the_end() == 0
    assert b"\x1b" not in terminal.written
    assert "[ 1/5] count the words: " in terminal.shown[1]


def test_quiet_says_no_step_and_the_log_holds_them_all(tmp_path):
    log = tmp_path / "log"
    terminal = in_terminal(tmp_path, detail="quiet", columns=250, more={"TOY_LOG": str(log)})
    assert terminal.read_to_the_end() == 0
    expected = [f"Report {LONG_PATH}", "the end"]
    assert terminal.shown == expected
    assert log_lines(log) == PLAIN
    assert piped(tmp_path / "other", detail="quiet").splitlines() == expected


def test_verbose_says_the_whole_reason_and_the_key_of_each_computed_step(tmp_path):
    said = piped(tmp_path, detail="verbose")
    assert len(re.findall(r"^        why: first time$", said, re.MULTILINE)) == len(LABELS)
    assert (
        len(re.findall(r"^        key: (count|double|bar)-[0-9a-f]{64}$", said, re.MULTILINE)) == 5
    )
    terminal = in_terminal(tmp_path, detail="verbose", sign="=", seconds=0)
    terminal.read_to_the_end()
    shown = "\n".join(terminal.shown)
    assert "· count the words: reused\n· double the count: reused" in shown
    assert re.search(r"^   why: sign # -> =$\n   key: bar-[0-9a-f]{64}$", shown, re.MULTILINE)
