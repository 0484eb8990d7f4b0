"""What a person labels of the held-back images makes the next model better, by the commands."""

import csv
import json

import numpy as np
import pytest

from tasks.data.content import Content
from tasks.data.idx import read_folder, write_idx
from tests.support.prefect_server import run_module, with_all_cores

N_FIRST, N_UNSEEN, N_TEST = 1_500, 3_000, 3_000
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@pytest.mark.slow
def test_labels_of_the_held_back_images_make_the_next_model_better(
    prefect_server, mnist_folder, tmp_path
):
    """The labels are filled in from the truth, found again by the image itself."""
    mnist = read_folder(mnist_folder)
    first, unseen = slice(0, N_FIRST), slice(N_FIRST, N_FIRST + N_UNSEEN)
    (tmp_path / "part").mkdir()
    part = Content(
        mnist.train_images[first], mnist.train_labels[first],
        mnist.test_images[:N_TEST], mnist.test_labels[:N_TEST],
    )  # fmt: skip
    for name, array in zip(NAMES, part, strict=True):
        write_idx(tmp_path / "part" / name, array)
    np.save(tmp_path / "unseen.npy", mnist.train_images[unseen])

    def run(module, *words):
        return run_module(
            *(module, *words, "--dataset=part", f"--store-dir={tmp_path / 'store'}"),
            f"--output-dir={tmp_path / 'outputs'}",
            environment=with_all_cores(prefect_server.environment),
        )

    def trained(*words):
        before = set(tmp_path.glob("outputs/*-part-*"))
        done = run(
            *("flows.full_run", f"--data-dir={tmp_path / 'part'}", "--candidates=random_forest"),
            *("--shift=0", "--goal=0.5", *words),
        )
        assert done.returncode == 0, done.stderr + done.stdout
        (folder,) = set(tmp_path.glob("outputs/*-part-*")) - before
        return json.loads((folder / "evaluation.json").read_text())

    before = trained()["evaluation"]["accuracy"]["value"]
    review = tmp_path / "review"
    done = run(
        *("flows.predict", str(tmp_path / "unseen.npy"), f"--review={review}", "--hold-back=10%"),
        f"--answers-dir={tmp_path / 'answers'}",
    )
    assert done.returncode == 0, done.stderr + done.stdout
    n_held = fill_in(review, mnist.train_labels[unseen])
    after = trained(f"--new-images={review}")
    assert sum(after["new_images"]["counts_added"]) == n_held > 100
    assert after["evaluation"]["accuracy"]["value"] > before + 0.005


def fill_in(review, labels):
    """Fill in the true label of each image; a file is named by digest, row and number."""
    with (review / "labels.csv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    with (review / "labels.csv").open("w", newline="") as file:
        rows = [(name, labels[int(name.split("-")[1])]) for name in names]
        csv.writer(file).writerows([("file", "label"), *rows])
    return len(names)
