"""A run that stops says where, why, what is kept and how to go on, in a report of its own."""

import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from artifacts.page.stopped import Stop, stopped_reports
from engine.errors import StoreError
from engine.run.display import PlainLines
from engine.run.selection import Selection
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from flows.config import RunConfig
from flows.report import stopped
from tests.support import toy_steps
from tests.support.prefect_server import ROOT, run_module
from tests.support.runs import newest_output, step_lines
from tests.support.small_sets import small_content, write_folder

STOP = Stop(
    step="augment",
    place=2,
    total=37,
    reason="Cannot write *x*.",
    traceback="",
    done=(("fetch", "1.0 s"),),
    store="/somewhere/data",
    command="python -m flows.full_run --store-dir 'a b'",
)
# replaces a stage by one that fails as nobody foresaw
BROKEN = """
import tasks.selection.threshold
def broken(*_, **__): raise ZeroDivisionError("odd <b>thing</b>")
tasks.selection.threshold.lowest_threshold = broken
"""
# the store takes the data set and then has no more room
FULL_DISK = """
import errno, engine.store.objects
real = engine.store.objects._write_then
def full(folder, suffix, write, place):
    if "/store/objects" in str(folder) and len(list(folder.rglob("*.npy"))) > 3:
        raise OSError(errno.ENOSPC, "No space left on device")
    real(folder, suffix, write, place)
engine.store.objects._write_then = full
"""


def text_of(stop):
    return "\n".join(report.markdown for report in stopped_reports(stop))


class Text(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.parts = []
        self.feed(page)

    def handle_data(self, data):
        self.parts.append(data)


def run(server, base, *knobs, patch=""):
    """Run a small set of noise in three classes, in which no precision of 1 is to be had."""
    program = f"{patch}\nimport runpy; runpy.run_module('flows.full_run', run_name='__main__')"
    folder = base / "noise"
    if not folder.exists():
        write_folder(folder, small_content(seed=3))
    return subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            "--dataset=noise",
            f"--data-dir={folder}",
            "--candidates=sgd",
            "--n-splits=2",
            "--shift=0",
            "--target-digit=4",
            "--target-precision=0.01",
            f"--store-dir={base / 'store'}",
            f"--output-dir={base / 'out puts'}",
            *knobs,
        ],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def report_of(done):
    """Return the text of the report whose path the terminal said."""
    (path,) = re.findall(r"^Report +(.+)$", done.stdout, re.MULTILINE)
    return "".join(Text(Path(path).read_text()).parts)


def command_in(text):
    (command,) = re.findall(r"^python -m (?:.+\\\n)*.+$", text, re.MULTILINE)
    return shlex.split(command.replace("\\\n", ""))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tmp_path_factory.mktemp("stopped")


@pytest.fixture(scope="module")
def unreachable(prefect_server, base):
    """A run that asks for too much: its text in the terminal, and its flow run."""
    done = run(prefect_server, base, "--target-precision=1")
    return done, prefect_server.flow_runs()[0]


def test_an_unreachable_precision_is_reported_with_the_step_and_what_is_kept(unreachable):
    done, _ = unreachable
    assert done.returncode == 3, done.stderr
    text = report_of(done)
    assert "No threshold reaches precision 1.000" in text
    assert "threshold of SGD" in text
    assert "cross-validate SGD, fold 2 of 2" in text


def test_the_report_of_a_stop_is_an_artifact_too_and_the_run_is_named_by_it(
    unreachable, prefect_server
):
    _, flow_run = unreachable
    assert flow_run["name"].endswith("noise stopped at: threshold of SGD")
    mine = [a for a in prefect_server.artifacts() if a["flow_run_id"] == flow_run["id"]]
    (artifact,) = [a for a in mine if a["key"] == "0-start-here"]
    assert "No threshold reaches precision 1.000" in artifact["data"]


@pytest.mark.slow
def test_the_command_of_the_report_goes_on_and_a_missed_goal_has_an_ordinary_report(
    unreachable, prefect_server, base
):
    words = command_in(report_of(unreachable[0]))
    config = RunConfig.from_command_line(words[3:])
    assert (config.target_precision, config.target_digit, config.n_splits) == (1, 4, 2)
    words[words.index("--target-precision") + 1] = "0.01"
    again = run_module(*words[2:], "--require-goal", environment=prefect_server.environment)
    assert again.returncode == 1, again.stderr
    assert step_lines(again.stdout)["cross-validate SGD, fold 2 of 2"] == "reused"
    page = (newest_output((base, base / "out puts")) / "report.html").read_text()
    assert ">Missed</p>" in page
    assert "Model card" in page
    assert "Where and why it stopped" not in page


@pytest.mark.slow
def test_an_unforeseen_error_is_reported_with_where_it_came_from(prefect_server, base):
    done = run(prefect_server, base, "--target-precision=0.02", patch=BROKEN)
    assert done.returncode == 4
    text = report_of(done)
    assert "ZeroDivisionError: odd <b>thing</b>" in text
    assert "in broken" in text
    assert "choose candidate" in text


@pytest.mark.slow
def test_a_full_disk_is_reported_where_the_outputs_can_be_written(prefect_server, tmp_path):
    done = run(prefect_server, tmp_path, patch=FULL_DISK)
    assert done.returncode == 3, done.stderr
    text = report_of(done)
    assert "No space left on device" in text
    assert "--store-dir" in text
    assert "Traceback" not in text + done.stdout + done.stderr


@pytest.mark.slow
def test_outputs_that_cannot_be_written_leave_a_plain_message(prefect_server, base):
    (base / "file").write_text("in the way")
    done = run(prefect_server, base, f"--output-dir={base / 'file'}")
    assert done.returncode == 3
    assert "--output-dir" in done.stderr
    assert done.stdout == ""  # nothing was computed, and no champion moved, for nobody
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [(KeyboardInterrupt(), "Ctrl-C"), (SystemExit(143), "SIGTERM"), (StoreError("full"), "full")],
)
def test_the_reason_is_in_plain_words(error, said):
    step = Workflow()
    toy_steps.declare(step)
    steps = Steps(step.steps, display=PlainLines(say=lambda _: None))
    steps.label, steps.is_at_work = "augment", True
    stop = stopped.stop_of(RunConfig().asked(Selection(from_step="augment")), steps, error)
    assert stop.command.endswith(" --from augment")
    assert said in stop.reason
    assert stop.traceback == ""
    assert stop.where == "at step 1 of 5, augment"


def test_a_stop_before_the_first_step_says_so():
    stop = stopped.stop_of(RunConfig().asked(Selection()), None, StoreError("not a folder"))
    assert stop.where == "before its first step"
    assert "No step was done" in text_of(stop)


def test_the_text_shows_reason_command_and_what_is_kept_as_they_are():
    text = text_of(STOP)
    assert "> Cannot write \\*x\\*." in text
    assert f"```console\n{STOP.command}\n```" in text
    assert "| fetch | 1.0 s |" in text
