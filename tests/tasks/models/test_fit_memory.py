"""The estimate before a fit is near what the fit then takes, and too little is said beforehand."""

import subprocess
import sys

import numpy as np
import pytest

from engine.paths import ROOT
from engine.store.objects import save_array
from tasks.data.augment import augment
from tasks.data.records import LabelledImages
from tasks.models.candidates import CANDIDATES
from tasks.models.memory import TooLittleMemory, fit_bytes
from tasks.models.refit import refit

N_ROWS = 10_000
FIT_IN_A_FRESH_PROCESS = f"""
import sys
from pathlib import Path
import numpy as np
from tasks.models.candidates import CANDIDATES
from tasks.models.fitting import fit_timed, flatten
from tasks.data.idx import read_folder
from tasks.models.memory import peak_memory_bytes, resident_bytes
from tasks.models.build import build_estimator

content = read_folder(Path(sys.argv[1]))
images, labels = content.train_images, content.train_labels
estimator = build_estimator(CANDIDATES[sys.argv[2]], seed=0, n_jobs=2)
build_estimator(CANDIDATES[sys.argv[2]], seed=0, n_jobs=2).fit(flatten(images[:99]), labels[:99])
before = resident_bytes("VmRSS")
picked = flatten(images[np.arange({N_ROWS})])
fit_timed(estimator, picked, labels[:{N_ROWS}])
print(peak_memory_bytes() - before)
"""


@pytest.mark.parametrize("name", ["sgd", "random_forest"])
def test_the_estimate_is_near_what_a_fit_on_mnist_takes(name, mnist_folder):
    done = subprocess.run(
        [sys.executable, "-c", FIT_IN_A_FRESH_PROCESS, str(mnist_folder), name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    estimate = fit_bytes(CANDIDATES[name], n_rows=N_ROWS, n_pixels=784, n_classes=10, n_jobs=2)
    print(name, int(done.stdout), estimate)
    assert 0.7 < estimate / int(done.stdout) < 1.5


def test_a_fit_without_the_memory_for_it_is_refused_with_the_estimate(store, monkeypatch):
    rng = np.random.default_rng(0)
    images = save_array(rng.integers(0, 256, (40, 8, 8), np.uint8))
    labels = save_array(np.tile(np.arange(2, dtype=np.uint8), 20))
    training = augment.fn(LabelledImages(images=images, labels=labels), 1)
    monkeypatch.setattr("tasks.models.memory.available_bytes", lambda: 1)
    with pytest.raises(TooLittleMemory, match=r"^Fitting Random Forest on 200 images needs about"):
        refit.fn(CANDIDATES["random_forest"], training, 0, 1)
