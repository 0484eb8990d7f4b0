"""What runs again after a change, row by row: exactly these steps, and each says why.

The rows are those of the table in docs/reuse.md. Keys need no real scores: a few hundred images
and two quick candidates serve every row.
"""

import html
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.datasets import load_digits

from engine.cache.code import library_versions
from tasks.data.idx import write_idx
from tasks.models.candidates import CANDIDATES
from tests.support.prefect_server import ROOT, clean_environment
from tests.support.runs import step_lines

FOLDS = {f"cross-validate {{}}, fold {i} of 3" for i in (1, 2, 3)}
DRAWN = {
    "draw the data set",
    "draw the augmentation",
    "draw: is it the digit?",
    "draw precision against recall",
    "draw the comparison",
    "draw all classes",
    "draw the final scores",
    "draw every class",
    "draw the confidence",
    "draw the mistakes",
    "draw the importance of pixels",
    "draw the robustness",
}
AFTER_THE_SCORES = {"choose candidate", "all classes of the winner", "every class of the winner"}
SCORED_ON_TEST = {"score the test set"}
FINAL = {"refit the winner", "evaluate on the test set"} | SCORED_ON_TEST
DRIFTED = {"compare the training data", "draw the drift"}
MET = {"compare with the champion", "draw the promotion"}
# of the original images alone, so that no shift moves them
UNSHIFTED = {"what SGD uses", "what Random Forest uses"}
WITHOUT_COPIES = {"refit without augmentation"}
BEHAVIOUR = UNSHIFTED | WITHOUT_COPIES | {"occlusion of the winner", "robustness of the winner"}
RESOLUTION = {"what the test set can tell apart"}
EVIDENCE = {"confidence of the winner", "mistakes and their neighbours"} | BEHAVIOUR


def scored(title):
    """The steps that fit one candidate and gather its scores."""
    return {fold.format(title) for fold in FOLDS} | {f"out-of-fold scores of {title}"}


def asked(title):
    """The steps that ask one candidate's scores for the digit."""
    return {f"threshold of {title}", f"is it the digit? {title}"}


QUICK = ("sgd", "random_forest")
TITLES = [CANDIDATES[name].title for name in QUICK]
ALL_SCORED = {step for title in TITLES for step in scored(title)}
ALL_ASKED = {step for title in TITLES for step in asked(title)}
THRESHOLDS = {f"threshold of {title}" for title in TITLES}
LEARNED = ALL_SCORED | ALL_ASKED | AFTER_THE_SCORES | FINAL | EVIDENCE | RESOLUTION
EQUAL = {"look for equal images"}
EVERYTHING = {"fetch", "augment"} | EQUAL | LEARNED | DRAWN
# what scikit-learn computes for a figure is in `figures/curves.py` alone
DRAWN_BY_SCIKIT_LEARN = {
    "draw precision against recall",
    "draw the comparison",
    "draw the confidence",
}
DRAWN_FROM_SCORES = {  # by `figures/scores.py`
    "draw the data set",
    "draw: is it the digit?",
    "draw the comparison",
    "draw all classes",
    "draw the final scores",
    "draw the mistakes",
}
WITHOUT_SHIFTED = DRAWN - {"draw the data set"}


class Project:
    """A copy of the project with a data set of its own, free to be edited."""

    floors = ("engine", "tasks", "artifacts", "flows")

    def __init__(self, folder, environment):
        self.folder = folder
        self.environment = environment | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "DIGITS_CANDIDATES": ",".join(QUICK),
            "DIGITS_GOAL": "0.8",  # the small set reaches it, so the first run leaves a champion
        }
        for floor in self.floors:
            shutil.copytree(ROOT / floor, folder / floor)
        shutil.copy(ROOT / "pyproject.toml", folder)
        self.write_set()

    def write_set(self, *, changed=False):
        bunch = load_digits()
        images = (bunch.images * 15).astype(np.uint8)
        if changed:
            images[3] = 255 - images[3]
        labels = bunch.target.astype(np.uint8)
        (self.folder / "own").mkdir(exist_ok=True)
        for name, array in (
            ("train-images-idx3-ubyte", images[:400]),
            ("train-labels-idx1-ubyte", labels[:400]),
            ("t10k-images-idx3-ubyte", images[400:600]),
            ("t10k-labels-idx1-ubyte", labels[400:600]),
        ):
            write_idx(self.folder / "own" / name, array)

    def write_new_images(self):
        bunch = load_digits()
        (self.folder / "new").mkdir()
        write_idx(
            self.folder / "new" / "images-idx3-ubyte", (bunch.images[900:960] * 15).astype(np.uint8)
        )
        write_idx(self.folder / "new" / "labels-idx1-ubyte", bunch.target[900:960].astype(np.uint8))

    def edit(self, path, old, new):
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new, 1))

    def truncate_an_array(self):
        """Damage the images that the step `augment` of the first run made."""
        (key,) = (each["key"] for each in self.facts()["steps"] if each["label"] == "augment")
        result = (self.folder / "data/results" / key).read_text()
        used = [p for p in self.folder.glob("data/objects/*/*.npy") if p.stem in result]
        images = max(used, key=lambda path: path.stat().st_size)
        images.write_bytes(images.read_bytes()[:100])

    def keep_as_it_is(self):
        """Let `restore` bring back the store as it is now, so that one row moves one thing."""
        shutil.copytree(self.folder / "data", self.folder / "data-kept")

    def restore(self):
        for floor in self.floors:
            shutil.copytree(ROOT / floor, self.folder / floor, dirs_exist_ok=True)
        self.write_set()
        shutil.rmtree(self.folder / "new", ignore_errors=True)
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "data-kept", self.folder / "data")

    def run(self, *knobs, patch="", environment=None):
        """Run the job and return what it said."""
        program = f"{patch}\nimport runpy; runpy.run_module('flows.full_run', run_name='__main__')"
        command = [sys.executable, "-c", program, "--dataset=own", "--data-dir=own", *knobs]
        done = subprocess.run(
            command,
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

    def facts(self):
        return json.loads(self.newest("evaluation.json"))


def ran(output):
    """Return the labels of the steps that were not reused."""
    labels = {label for label, fate in step_lines(output).items() if fate != "reused"}
    return labels - {"draw the nights"}  # it depends on the nights before; see test_history.py


@pytest.fixture(scope="module")
def project(prefect_server, tmp_path_factory):
    copy = Project(tmp_path_factory.mktemp("copy"), prefect_server.environment)
    assert ran(copy.run()) == EVERYTHING
    assert ran(copy.run()) == set()  # what the first champion makes new is done
    copy.keep_as_it_is()
    copy.environment["DIGITS_PROMOTE"] = "false"  # every row meets the same champion
    return copy


def nothing(_):
    """Change nothing."""


def touch(project):
    for path in [*project.folder.glob("tasks/**/*.py"), *project.folder.glob("own/*")]:
        os.utime(path)


def edit_comments(project):
    project.edit("tasks/models/folds.py", "import numpy as np\n", "import numpy as np  # arrays\n")
    project.edit("tasks/models/folds.py", "Which images are fitted", "Which pictures are fitted")


def edit_shared_code(project):
    project.edit("tasks/models/fitting.py", "def flatten(", "UNUSED = 0\n\n\ndef flatten(")


def edit_parameter(project):
    project.edit("tasks/models/candidates.py", "parameters=(),", 'parameters=(("alpha", 0.001),),')


def add_new_images(project):
    project.write_new_images()


def edit_image(project):
    project.write_set(changed=True)


def edit_figure(project):
    project.edit("artifacts/figures/scores.py", "alpha=0.25", "alpha=0.35")


OTHER_SCIKIT_LEARN = """
import engine.cache.code as digest
real = digest._version
digest._version = lambda name: '9.9' if name == 'scikit-learn' else real(name)
"""


def edit_evaluation(project):
    project.edit(
        "tasks/evaluation/records.py",
        "    predictions: ArrayRef\n",
        '    predictions: ArrayRef\n    remark: str = ""\n',
    )


@dataclass(frozen=True)
class Row:
    """One change and the steps it makes run; `why` is what one of them gives as its reason."""

    change: Callable[[Project], None]
    steps: set[str]
    knobs: tuple[str, ...] = ()
    patch: str = ""
    step: str | None = None
    why: str | None = None


def found_version():
    return library_versions("tasks.models.fitting")["scikit-learn"]


QUICK_ROWS = {
    "one training image": Row(
        edit_image, EVERYTHING | MET | DRIFTED, step="augment", why="another file for "
    ),
    "code that two stages share": Row(
        edit_shared_code,
        ALL_SCORED | FINAL | BEHAVIOUR,
        step="refit the winner",
        why="code of tasks.models.fitting",
    ),
    "--target-precision": Row(
        nothing,
        THRESHOLDS
        | {"every class of the winner", "evaluate on the test set"}
        | {"draw precision against recall", "draw every class", "draw the final scores"},
        knobs=("--target-precision=0.8",),
        step="threshold of SGD",
        why="target_precision 0.9 -> 0.8",
    ),
    "a damaged file": Row(
        Project.truncate_an_array, {"augment"}, step="augment", why="damaged file objects/"
    ),
}
SLOW_ROWS = {
    "the version of scikit-learn": Row(
        nothing,
        {"fetch"}
        | ALL_SCORED
        | ALL_ASKED - THRESHOLDS  # those are read from scores without scikit-learn
        | {"all classes of the winner"}
        | FINAL
        | {"confidence of the winner"}
        | BEHAVIOUR
        | DRAWN_BY_SCIKIT_LEARN,
        patch=OTHER_SCIKIT_LEARN,
        step="refit the winner",
        why=f"scikit-learn {found_version()} -> 9.9",
    ),
    "nothing": Row(nothing, set()),
    "a file touched": Row(touch, set()),
    "a comment or a docstring": Row(edit_comments, set()),
    "a candidate's parameter": Row(
        edit_parameter,
        scored("SGD")
        | asked("SGD")
        | {"choose candidate", "what SGD uses"}
        | RESOLUTION  # SGD is the runner-up, whose disagreement with the winner is shown
        | {
            "draw: is it the digit?",
            "draw precision against recall",
            "draw the comparison",
            "draw the final scores",
            "draw the importance of pixels",
        },
    ),
    # no candidate and no winner is fitted again
    "a new field in an evaluation": Row(
        edit_evaluation,
        {"evaluate on the test set"}
        | SCORED_ON_TEST
        | RESOLUTION
        | EVIDENCE - WITHOUT_COPIES
        | DRAWN - {"draw the augmentation"},
    ),
    "--cost-miss": Row(
        nothing, {"every class of the winner", "draw every class"}, knobs=("--cost-miss=5",)
    ),
    "--target-digit": Row(
        nothing,
        ALL_ASKED
        | {"evaluate on the test set"}
        | {
            "draw: is it the digit?",
            "draw precision against recall",
            "draw the comparison",
            "draw the final scores",
        },
        knobs=("--target-digit=3",),
    ),
    "--goal": Row(
        nothing, {"evaluate on the test set", "draw the final scores"}, knobs=("--goal=0.5",)
    ),
    "--seed": Row(
        nothing,
        LEARNED | MET | DRAWN - {"draw the data set", "draw the augmentation"},
        knobs=("--seed=7",),
        step="refit the winner",
        why="seed 42 -> 7",
    ),
    "--shift": Row(
        nothing,
        {"augment"} | LEARNED - UNSHIFTED - WITHOUT_COPIES | MET | WITHOUT_SHIFTED,
        knobs=("--shift=2",),
    ),
    "--class-names": Row(
        nothing,
        DRAWN - {"draw the augmentation", "draw the confidence", "draw the robustness"},
        knobs=("--class-names=zero,one,two,three,four,five,six,seven,eight,nine",),
        step="draw all classes",
        why="names",
    ),
    # that is what the pixels use already, so nothing after it changes
    "--pixel-range": Row(nothing, {"fetch"}, knobs=("--pixel-range=0-255",)),
    "--n-jobs": Row(nothing, set(), knobs=("--n-jobs=1",)),
    "--new-images": Row(
        add_new_images,
        {"join the new images", "augment"} | EQUAL | LEARNED | MET | DRIFTED | DRAWN,
        knobs=("--new-images=new",),
    ),
    "a figure's code": Row(edit_figure, DRAWN_FROM_SCORES),
}
ROWS = QUICK_ROWS | SLOW_ROWS
EXPLAINED = "causes of a re-run named in terminal, JSON and report"


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW_ROWS else ()) for name in ROWS],
)
def test_exactly_these_steps_run_again_and_say_why_after(name, project, count):
    row = ROWS[name]
    count(EXPLAINED, tried=int(row.why is not None))
    row.change(project)
    try:
        output = project.run(*row.knobs, patch=row.patch)
    finally:
        project.restore()
    assert ran(output) == row.steps
    if row.why is not None:
        check_explained(project, output, row)
        count(EXPLAINED, held=1)


def check_explained(project, output, row):
    """One step gives the whole reason in JSON and report, and the terminal its short form."""
    (step,) = (each for each in project.facts()["steps"] if each["label"] == row.step)
    assert row.why in step["why"]
    assert html.escape(step["why"]) in project.newest("report.html")
    told = step_lines(output)[row.step].partition(" (")[2].removesuffix(")").removesuffix(" ...")
    assert told
    assert step["reason"].startswith(told)


@pytest.fixture(scope="module")
def planned(project, tmp_path_factory):
    """The environment of a plan: no server answers."""
    return clean_environment(tmp_path_factory.mktemp("nobody")) | {
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DIGITS_CANDIDATES": ",".join(QUICK),
        "DIGITS_GOAL": "0.8",
    }


def test_a_plan_names_the_same_reason_and_writes_and_asks_nothing(project, planned, count):
    count("plans that ran, wrote and asked nothing", tried=2)
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")}
    output = project.run("--plan", "--target-precision=0.81", environment=planned)
    fate = step_lines(output)["threshold of SGD"]
    assert fate.startswith("would run (")
    assert "how long is unknown" in output
    assert "target-precision 0.9 -> 0.81" in fate
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")} == before
    output = project.run("--plan", "--store-dir=new-store", environment=planned)
    assert "would run (first time)" in output
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")} == before
    count("plans that ran, wrote and asked nothing", held=2)
