"""The README's table of what runs again, row by row, with exactly the steps that do."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from prefect_server import ROOT
from sklearn.datasets import load_digits
from test_full_run import step_lines

from tasks.candidates import CANDIDATES
from tasks.idx import write_idx

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
    "draw how sure it is",
    "draw the mistakes",
    "draw what it looks at",
    "draw what the shifts bought",
}
AFTER_THE_SCORES = {"choose candidate", "all classes of the winner", "every class of the winner"}
FINAL = {"refit the winner", "evaluate on the test set"}
DRIFTED = {"compare the training data", "draw the drift"}
MET = {"compare with the champion", "draw the promotion"}
# of the original images alone, so that no shift moves them
UNSHIFTED = {"what SGD uses", "what Random Forest uses"}
BEHAVIOUR = UNSHIFTED | {
    "what the winner looks at",
    "refit without augmentation",  # after a shift too: another candidate wins here
    "what the shifts bought",
}
RESOLUTION = {"what the test set can tell apart"}
EVIDENCE = {"how sure the winner is", "mistakes and their neighbours"} | BEHAVIOUR


def scored(title):
    """The steps that fit one candidate and gather its scores."""
    return {fold.format(title) for fold in FOLDS} | {f"out-of-fold scores of {title}"}


def asked(title):
    """The steps that ask one candidate's scores for the digit."""
    return {f"threshold of {title}", f"is it the digit? {title}"}


TITLES = [spec.title for spec in CANDIDATES.values()]
ALL_SCORED = {step for title in TITLES for step in scored(title)}
ALL_ASKED = {step for title in TITLES for step in asked(title)}
THRESHOLDS = {f"threshold of {title}" for title in TITLES}
LEARNED = ALL_SCORED | ALL_ASKED | AFTER_THE_SCORES | FINAL | EVIDENCE | RESOLUTION
EVERYTHING = {"fetch", "augment"} | LEARNED | DRAWN
# their figures need neither scikit-learn nor the figures of scores
DRAWN_WITHOUT_SCORES = {"draw what it looks at", "draw what the shifts bought"}
WITHOUT_SHIFTED = DRAWN - {"draw the data set"}


class Project:
    """A copy of the project with a data set of its own, free to be edited."""

    def __init__(self, folder, environment):
        self.folder = folder
        # a goal that the small set reaches, so that its first run leaves a champion
        self.environment = environment | {"PYTHONDONTWRITEBYTECODE": "1", "DIGITS_GOAL": "0.8"}
        for room in ("flows", "tasks", "artifacts"):
            shutil.copytree(ROOT / room, folder / room)
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
            ("train-images-idx3-ubyte", images[:600]),
            ("train-labels-idx1-ubyte", labels[:600]),
            ("t10k-images-idx3-ubyte", images[600:900]),
            ("t10k-labels-idx1-ubyte", labels[600:900]),
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

    def restore(self):
        for room in ("flows", "tasks", "artifacts"):
            shutil.copytree(ROOT / room, self.folder / room, dirs_exist_ok=True)
        self.write_set()
        shutil.rmtree(self.folder / "new", ignore_errors=True)

    def steps_that_ran(self, *knobs, patch=""):
        """Run the job and return the labels of the steps that were not reused."""
        program = f"{patch}\nimport runpy; runpy.run_module('flows.full_run', run_name='__main__')"
        command = [sys.executable, "-c", program, "--dataset=own", "--data-dir=own", *knobs]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        ran = {label for label, fate in step_lines(done.stdout).items() if fate != "reused"}
        return ran - {"draw the nights"}  # it depends on the nights before; see test_history.py


@pytest.fixture(scope="module")
def project(prefect_server, tmp_path_factory):
    copy = Project(tmp_path_factory.mktemp("copy"), prefect_server.environment)
    assert copy.steps_that_ran() == EVERYTHING
    copy.environment["DIGITS_PROMOTE"] = "false"  # every row meets the same champion
    return copy


def nothing(_):
    """Change nothing."""


def touch(project):
    for path in [*project.folder.glob("tasks/*.py"), *project.folder.glob("own/*")]:
        os.utime(path)


def edit_comments(project):
    project.edit("tasks/folds.py", "import numpy as np\n", "import numpy as np  # arrays\n")
    project.edit("tasks/folds.py", "Which images are fitted", "Which pictures are fitted")


def edit_shared_code(project):
    project.edit("tasks/fitting.py", "def flatten(", "UNUSED = 0\n\n\ndef flatten(")


def edit_parameter(project):
    project.edit("tasks/candidates.py", "parameters=(),", 'parameters=(("alpha", 0.001),),')


def add_new_images(project):
    project.write_new_images()


def edit_image(project):
    project.write_set(changed=True)


def edit_figure(project):
    project.edit("artifacts/score_figures.py", "alpha=0.25", "alpha=0.35")


OTHER_SCIKIT_LEARN = """
import tasks.source_digest as digest
real = digest._version
digest._version = lambda name: '9.9' if name == 'scikit-learn' else real(name)
"""

ROWS = {
    "nothing": (nothing, (), "", set()),
    "a file touched": (touch, (), "", set()),
    "a comment or a docstring": (edit_comments, (), "", set()),
    "code that two stages share": (edit_shared_code, (), "", ALL_SCORED | FINAL | BEHAVIOUR),
    "a candidate's parameter": (
        edit_parameter,
        (),
        "",
        scored("SGD")
        | asked("SGD")
        | {"choose candidate", "what SGD uses"}
        | {
            "draw: is it the digit?",
            "draw precision against recall",
            "draw the comparison",
            "draw what it looks at",
        },
    ),
    "--target-precision": (
        nothing,
        ("--target-precision=0.8",),
        "",
        THRESHOLDS
        | {"every class of the winner", "evaluate on the test set"}
        | {"draw precision against recall", "draw every class", "draw the final scores"},
    ),
    "--cost-miss": (
        nothing,
        ("--cost-miss=5",),
        "",
        {"every class of the winner", "draw every class"},
    ),
    "--target-digit": (
        nothing,
        ("--target-digit=3",),
        "",
        ALL_ASKED
        | {"evaluate on the test set"}
        | {
            "draw: is it the digit?",
            "draw precision against recall",
            "draw the comparison",
            "draw the final scores",
        },
    ),
    "--goal": (
        nothing,
        ("--goal=0.5",),
        "",
        {"evaluate on the test set", "draw the final scores"},
    ),
    "--seed": (
        nothing,
        ("--seed=7",),
        "",
        LEARNED | MET | DRAWN - {"draw the data set", "draw the augmentation"},
    ),
    "--shift": (
        nothing,
        ("--shift=2",),
        "",
        {"augment"} | LEARNED - UNSHIFTED | MET | WITHOUT_SHIFTED,
    ),
    "--n-jobs": (nothing, ("--n-jobs=1",), "", set()),
    "one training image": (edit_image, (), "", EVERYTHING | MET | DRIFTED),
    "--new-images": (
        add_new_images,
        ("--new-images=new",),
        "",
        {"join the new images", "augment"} | LEARNED | MET | DRIFTED | DRAWN,
    ),
    "the version of scikit-learn": (
        nothing,
        (),
        OTHER_SCIKIT_LEARN,
        {"fetch"}
        | ALL_SCORED
        | ALL_ASKED
        | {"all classes of the winner", "every class of the winner"}
        | FINAL
        | {"how sure the winner is"}
        | BEHAVIOUR
        | DRAWN - DRAWN_WITHOUT_SCORES,
    ),
    "a figure's code": (edit_figure, (), "", DRAWN - DRAWN_WITHOUT_SCORES),
}


@pytest.mark.parametrize("row", ROWS)
def test_exactly_these_steps_run_again_after(row, project):
    change, knobs, patch, expected = ROWS[row]
    change(project)
    try:
        assert project.steps_that_ran(*knobs, patch=patch) == expected
    finally:
        project.restore()
