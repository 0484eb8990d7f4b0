"""Every run says why a step was not reused: in the terminal, in its JSON and in its report."""

import html
import json
import subprocess
import sys

import pytest
from prefect_server import clean_environment
from small_runs import QUICK
from test_full_run import step_lines
from test_invalidation import OTHER_SCIKIT_LEARN, Project, edit_image, edit_shared_code, nothing

from tasks.source_digest import library_versions

EXPLAINED = "causes of a re-run named in terminal, JSON and report"


class Explaining(Project):
    """A copy of the project whose runs are read for what they say."""

    def output_of(self, *knobs, patch="", environment=None):
        """Run the job and return what it said."""
        program = f"{patch}\nimport runpy; runpy.run_module('flows.full_run', run_name='__main__')"
        done = subprocess.run(
            [sys.executable, "-c", program, "--dataset=own", "--data-dir=own", *QUICK, *knobs],
            cwd=self.folder,
            env=environment or self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def newest(self, name):
        """Return the text of a file of the newest run."""
        paths = self.folder.glob(f"outputs/*/{name}")
        return max(paths, key=lambda path: path.stat().st_mtime).read_text()

    def truncate_an_array(self):
        """Damage an array that the newest run used; others lie in the store as well."""
        steps = json.loads(self.newest("evaluation.json"))["steps"]
        (key,) = (step["key"] for step in steps if step["label"] == "augment")
        result = (self.folder / "data/results" / key).read_text()
        used = [p for p in self.folder.glob("data/objects/*/*.npy") if p.stem in result]
        images = max(used, key=lambda path: path.stat().st_size)
        images.write_bytes(images.read_bytes()[:100])


@pytest.fixture(scope="module")
def project(prefect_server, tmp_path_factory):
    copy = Explaining(tmp_path_factory.mktemp("copy"), prefect_server.environment)
    copy.output_of()
    return copy


def found_version():
    return library_versions("tasks.fitting")["scikit-learn"]


CAUSES = {
    "a parameter": (nothing, ("--seed=7",), "", "refit the winner", "seed 42 -> 7"),
    "a file": (edit_image, (), "", "augment", "another file for "),
    "code": (edit_shared_code, (), "", "refit the winner", "code of tasks.fitting"),
    "a library": (
        nothing,
        (),
        OTHER_SCIKIT_LEARN,
        "refit the winner",
        f"scikit-learn {found_version()} -> 9.9",
    ),
    "a damaged file": (Explaining.truncate_an_array, (), "", None, "damaged file objects/"),
}


ALSO_IN_THE_TABLE_OF_ROWS = {"a file", "code"}  # test_invalidation.py runs these anyway


@pytest.mark.parametrize(
    "cause",
    [
        pytest.param(c, marks=pytest.mark.thorough if c in ALSO_IN_THE_TABLE_OF_ROWS else ())
        for c in CAUSES
    ],
)
def test_what_moved_is_named_in_the_terminal_in_the_json_and_in_the_report(cause, project, count):
    change, knobs, patch, step, reason = CAUSES[cause]
    count(EXPLAINED, tried=1)
    project.output_of()  # so that exactly one thing moves
    change(project)
    try:
        output = project.output_of(*knobs, patch=patch)
    finally:
        project.restore()
    facts = json.loads(project.newest("evaluation.json"))
    whys = {each["label"]: each["why"] for each in facts["steps"]}
    named = [label for label, why in whys.items() if reason in why and step in {None, label}]
    assert named, whys
    label = named[0]
    assert f"({whys[label]})" in step_lines(output)[label] or whys[label] in output
    assert html.escape(whys[label]) in project.newest("report.html")
    count(EXPLAINED, held=1)


def test_a_plan_names_the_same_reason_and_writes_and_asks_nothing(project, tmp_path, count):
    count("plans that ran, wrote and asked nothing", tried=2)
    project.output_of()
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")}
    nowhere = clean_environment(tmp_path) | {
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    output = project.output_of("--plan", "--target-precision=0.81", environment=nowhere)
    fate = step_lines(output)["threshold of SGD"]
    assert "would run, about " in output
    assert fate.startswith("would run, about ")
    assert "target_precision 0.9 -> 0.81" in fate
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")} == before
    output = project.output_of("--plan", "--store-dir=new", environment=nowhere)
    assert "would run (first time)" in output
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")} == before
    count("plans that ran, wrote and asked nothing", held=2)
