"""The engine on its own: a workflow of two steps that has nothing to do with digits.

The toy project holds a copy of `engine/` and one module; no other package of this project is
there, so that an import of one would fail. One process makes the runs, one after the other: to
import Prefect takes longer than the runs.
"""

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from engine.paths import ROOT
from tests.support.runs import step_lines

TOY = '''
"""Count the words of a text, then draw the counts as a line of hashes."""

import contextlib
import io
import json
import sys
import traceback
from pathlib import Path

from prefect import flow

from engine.cache.task import cached_task
from engine.cli.terminal import say
from engine.records import Record
from engine.run.display import PlainLines
from engine.run.plan import tell_plan
from engine.run.selection import Selection
from engine.run.session import store_session
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from engine.server.in_use import use_server
from engine.store.location import store_at
from engine.store.objects import save_bytes
from engine.store.pruning import Limits
from engine.store.refs import FileRef

OPTIONS = {"text": "text", "width": "width"}


class Counted(Record):
    words: FileRef
    n_words: int


@cached_task(name="count words")
def count_words(text: str) -> Counted:
    words = sorted(text.split())
    return Counted(words=save_bytes("\\n".join(words).encode(), ".txt"), n_words=len(words))


@cached_task(name="draw bar")
def draw_bar(n_words: int, words: FileRef, width: int) -> str:
    assert len(words.path.read_text().split()) == n_words
    return "#" * (n_words * width)


def declare(step, text, width):
    counted = step("count", count_words, text)
    return step("draw", draw_bar, counted.n_words, counted.words, width)


@flow
def toy(text: str, width: int, part: Selection) -> str | None:
    with store_session(Path("store"), Limits(10, 100), say=say) as log:
        step = Workflow()
        bar = declare(step, text, width)
        selected = part.of(step.steps)
        steps = Steps(
            step.steps, display=PlainLines(say), log=log, options=OPTIONS, selected=selected
        )
        steps.run()
        return steps.value(bar) if part.is_all else None


@cached_task(name="parse number")
def parse_number(text: str) -> int:
    return int(text)


def or_zero(number):
    return number if isinstance(number, int) else 0


@flow
def tolerant(text: str) -> str:
    with store_session(Path("store"), Limits(10, 100), say=say) as log:
        step = Workflow()
        number = step.tolerating(ValueError)("parse", parse_number, text)
        counted = step("count", count_words, text)
        words = step.when(step.value(isinstance, number, int))("words", count_words, "as digits")
        bar = step("draw", draw_bar, counted.n_words, counted.words, step.value(or_zero, number))
        steps = Steps(step.steps, display=PlainLines(say), log=log)
        steps.run()
        return f"{steps.value(bar)!r} {steps.value(words)!r}"


def run(text, width, how="run", *name):
    if text == "tolerant":
        print("found:", tolerant(width))
    elif how == "plan":
        step = Workflow()
        declare(step, text, int(width))
        with store_at(Path("store")):
            tell_plan(step.steps, say=print, options=OPTIONS)
    else:
        part = Selection(**({how: name[0]} if name else {}))
        print("bar:", toy(text, int(width), part))


def serve():
    """Make a run for each line of arguments; answer with what it said, and whether it failed."""
    use_server()
    for line in sys.stdin:
        out, err, failed = io.StringIO(), io.StringIO(), False
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run(*json.loads(line))
            except Exception:
                failed = True
                traceback.print_exc()
        answer = {"stdout": out.getvalue(), "stderr": err.getvalue(), "failed": failed}
        print(json.dumps(answer), file=sys.__stdout__, flush=True)
'''


@pytest.fixture(scope="module")
def project(prefect_server, tmp_path_factory):
    """A folder with the engine and the toy, whose first run was made."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copytree(
        ROOT / "engine", folder / "engine", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "toy.py").write_text(TOY)

    def started():
        return subprocess.Popen(
            [sys.executable, "-c", "import toy; toy.serve()"],
            cwd=folder,
            env=prefect_server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(*arguments, text="b a c", width=1, process=None):
        process = process or serving
        process.stdin.write(f"{json.dumps([text, width, *arguments])}\n")
        process.stdin.flush()
        return SimpleNamespace(**json.loads(process.stdout.readline()))

    with started() as serving:
        first = run()
        assert not first.failed, first.stderr
        assert "bar: ###" in first.stdout
        assert step_lines(first.stdout).keys() == {"count", "draw"}
        run.folder, run.started = folder, started
        yield run
        serving.stdin.close()


def test_a_second_run_reuses_both_steps(project):
    assert set(step_lines(project().stdout).values()) == {"reused"}


def test_a_changed_option_is_named_where_it_came_in_and_once_for_what_follows(project):
    project()
    said = step_lines(project(text="b a c d").stdout)
    assert said["count"].endswith("(--text b a c -> b a c d)")
    assert said["draw"].endswith("(count changed: --text b a c -> b a c d)")
    project()


def test_code_that_only_one_step_uses_runs_both_for_they_share_a_module(project):
    toy = project.folder / "toy.py"
    before = toy.read_text()
    toy.write_text(before.replace('"#" *', '"*" *'))
    try:
        with project.started() as process:
            said = project(process=process).stdout
            process.stdin.close()
    finally:
        toy.write_text(before)
    assert "bar: ***" in said
    assert "(code of toy)" in said


def test_a_damaged_file_is_set_aside_and_exactly_its_step_runs(project):
    project()
    (stored,) = [
        path
        for path in (project.folder / "store/objects").rglob("*.txt")
        if path.read_text() == "a\nb\nc"
    ]
    stored.write_text("nothing")
    said = step_lines(project().stdout)
    assert "damaged file objects/" in said["count"]
    assert said["draw"] == "reused"
    assert stored.read_text() == "a\nb\nc"


def test_a_plan_runs_nothing_and_says_the_same_reason(project):
    project()
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("store/**/*")}
    said = step_lines(project("plan", width=2).stdout)
    assert said["count"] == "reused"
    assert said["draw"] == "would run (--width 1 -> 2)"
    after = {path: path.stat().st_mtime_ns for path in project.folder.rglob("store/**/*")}
    assert after == before


def test_a_selected_step_reuses_what_it_needs_or_says_what_is_missing(project):
    project()
    said = step_lines(project("only", "dra").stdout)
    assert said == {"count": "reused, not selected", "draw": "reused"}
    missing = project("only", "draw", text="quite another text")
    assert missing.failed
    assert "it needs the result of the step 'count', which is not stored" in missing.stderr
    unknown = project("only", "dorw")
    assert "the names are: count words, draw bar" in unknown.stderr


def test_a_tolerated_failure_is_a_result_and_the_steps_after_it_run(project):
    said = project(text="tolerant", width="three").stdout
    assert "found: '' None" in said
    assert "none: invalid literal for int()" in step_lines(said)["parse"]
    assert "words" not in step_lines(said)
    said = project(text="tolerant", width="3").stdout
    assert "found: '###' Counted(" in said


def test_the_graph_of_the_run_in_prefect_has_an_arrow_from_count_to_draw(project, prefect_server):
    project()
    run = prefect_server.flow_runs()[0]
    tasks = prefect_server.ask("task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    by_name = {task["name"]: task for task in tasks}
    draw = next(task for name, task in by_name.items() if name.startswith("draw"))
    count = next(task for name, task in by_name.items() if name.startswith("count"))
    upstream = [
        each["id"] for inputs in draw["task_inputs"].values() for each in inputs if each.get("id")
    ]
    assert count["id"] in upstream
