"""The worked example of CONTRIBUTING.md, applied to a copy of the project."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier

from engine.paths import ROOT

PREDICT = """
import sys, numpy as np
from tasks.models.build import build_estimator
from tasks.models.candidates import candidate_specs
(spec,) = candidate_specs(("extra_trees",))
given = np.load(sys.argv[1])
model = build_estimator(spec, seed=42, n_jobs=1).fit(given["pixels"], given["labels"])
np.save(sys.argv[2], model.predict(given["others"]))
"""


def patch_of(text: str) -> str:
    """Return the change that the page shows."""
    (found,) = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the project in which someone has followed the page."""
    folder = tmp_path_factory.mktemp("copy")
    floors = ("engine", "tasks", "artifacts", "flows", "pyproject.toml")
    listed = subprocess.run(
        ["git", "ls-files", *floors], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in listed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    patch = patch_of((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch, text=True, check=True)
    return folder


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_new_candidate_is_among_the_steps_of_a_plan(copy, tmp_path):
    plan = run(
        copy,
        *("-m", "flows.full_run", "--plan", "--dataset=digits", f"--store-dir={tmp_path}"),
        "--candidates=sgd,extra_trees",
    )
    assert "cross-validate Extra Trees, fold 3 of 3" in plan
    assert "threshold of Extra Trees" in plan


def test_the_new_candidate_predicts_what_scikit_learn_does(copy, tmp_path):
    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels.astype(np.uint8)
    np.savez(tmp_path / "given.npz", pixels=pixels[:300], labels=labels[:300], others=pixels[300:])
    run(copy, "-c", PREDICT, str(tmp_path / "given.npz"), str(tmp_path / "predicted.npy"))
    alone = ExtraTreesClassifier(n_estimators=100, random_state=42)
    expected = alone.fit(pixels[:300], labels[:300]).predict(pixels[300:])
    assert np.array_equal(np.load(tmp_path / "predicted.npy"), expected)
