"""A person's own images go through the command and the deployment, each once by its content."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from benchmarks.predict.pages import Condition, drawn_page
from engine.store.location import store_at
from flows.predict.__main__ import ask
from tasks.champion.store import crown
from tests.support.prefect_server import ROOT, run_module
from tests.support.records.champions import fitted_champion, with_out_of_fold

EVIL = "a <script>alert(1)</script> *b* é |.png"


class Place:
    """A store with a champion, a folder of images, and the folders that the command makes."""

    def __init__(self, base, environment):
        self.base, self.environment, self.images = base, environment, base / "my images"
        self.images.mkdir()
        with store_at(base / "store"):
            crown(with_out_of_fold(fitted_champion("2026-01-01T02-15-00-00000000")))

    def options(self):
        folders = (("store-dir", "store"), ("answers-dir", "answers"), ("output-dir", "outputs"))
        return [f"--{name}={self.base / folder}" for name, folder in folders]

    def predict(self, *words):
        command = ("flows.predict", str(self.images), *self.options(), *words)
        return run_module(*command, environment=self.environment)

    @property
    def newest(self):
        made = self.base.glob("outputs/*/predictions.json")
        return max(made, key=lambda path: path.stat().st_mtime).parent

    def rows(self):
        with (self.newest / "predictions.csv").open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def place(prefect_server, tmp_path_factory):
    return Place(tmp_path_factory.mktemp("predict"), prefect_server.environment)


def a_page(seed):
    return Image.fromarray(
        drawn_page(np.arange(10), Condition("clean"), np.random.default_rng(seed)).grey
    )


def test_what_can_be_read_is_scored_and_what_cannot_is_named(place):
    a_page(0).save(place.images / EVIL.replace("/", "_"))
    Image.new("L", (90, 90), 200).save(place.images / "blank.png")
    (place.images / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    (place.images / "empty.jpg").write_bytes(b"")
    (place.images / "note.txt").write_text("no image")
    os.mkfifo(place.images / "pipe.png")
    done = place.predict(f"--review={place.base / 'review'}", "--hold-back=30%")
    assert done.returncode == 1, done.stderr + done.stdout
    for name in ("blank.png: nothing is written", "cut.png", "empty.jpg", "note.txt", "pipe.png"):
        assert f"no answer for {place.images / name}" in done.stdout
    assert "5 files gave no answer" in done.stderr
    assert "Traceback" not in done.stderr
    rows = place.rows()
    assert len(rows) == 10
    assert [int(row["number"]) for row in rows] == list(range(10))
    summary = json.loads((place.newest / "predictions.json").read_text())["summary"]
    assert (summary["n_digits"], summary["n_unread"], summary["n_before"]) == (10, 5, 0)
    report = (place.newest / "report.html").read_text()
    assert "<script>" not in report
    assert "&lt;script&gt;" in report
    with (place.base / "review" / "labels.csv").open(newline="") as file:
        asked = list(csv.DictReader(file))
    assert len(asked) == sum(row["held_back"] != "" for row in rows) > 0
    assert {row["label"] for row in asked} == {""}
    seen = Image.open(place.base / "review" / asked[0]["file"])
    assert (seen.mode, seen.size) == ("L", (8, 8))


def test_the_same_content_is_scored_once_wherever_it_lies(place):
    for path in place.images.iterdir():
        if path.name.startswith(("cut", "empty", "note", "pipe", "blank")):
            path.unlink()
    first = (place.images / EVIL.replace("/", "_")).read_bytes()
    (place.images / "copy.png").write_bytes(first)
    a_page(1).save(place.images / "new.png")
    done = place.predict()
    assert done.returncode == 0, done.stderr + done.stdout
    assert "scored 1 of 1 image," in done.stdout
    rows = place.rows()
    by_file = {}
    for row in rows:
        by_file.setdefault(row.pop("file").rpartition("/")[2], []).append(tuple(row.values()))
    assert len(by_file) == 3
    assert by_file["copy.png"] == by_file[EVIL.replace("/", "_")] != by_file["new.png"]


@pytest.mark.slow
def test_the_deployment_scores_a_dropped_file(place, prefect_server):
    environment = prefect_server.with_secret
    prefect = [sys.executable, "-m", "prefect"]

    def run(*words):
        return subprocess.run(
            [*prefect, *words], cwd=ROOT, env=environment, check=True, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip

    run("work-pool", "create", "digits", "--type", "process", "--overwrite")
    run("--no-prompt", "deploy", "--name", "predict")
    a_page(2).save(place.images / "dropped.png")
    folders = {
        "inputs": [str(place.images)],
        "store_dir": str(place.base / "store"),
        "answers_dir": str(place.base / "answers"),
        "output_dir": str(place.base / "outputs"),
        "new_only": True,
    }
    for expected in ("Completed", "NothingNew"):
        run("deployment", "run", "predict/predict", "--params", json.dumps({"config": folders}))
        run("worker", "start", "--pool", "digits", "--run-once")
        found = prefect_server.flow_runs()[0]
        assert (found["name"], found["state"]["name"]) == (found["name"], expected)
    assert {row["file"].rpartition("/")[2] for row in place.rows()} == {"dropped.png"}
    assert "8-predictions" in {each["key"] for each in prefect_server.artifacts()}


@pytest.mark.parametrize(
    ("given", "expected"),
    [("empty", "found no file there"), ("missing", "found nothing at that path")],
)
def test_nothing_to_score_is_told_before_a_server_starts(given, expected, refused, place, tmp_path):
    (tmp_path / "empty").mkdir()
    code, said = refused(str(tmp_path / given), *place.options(), ask=ask)
    assert (code, "Traceback" in said) == (3, False)
    assert expected in said


@pytest.mark.parametrize(
    ("option", "where"),
    [
        *(("--answers-dir", where) for where in ("/proc/none", "a file", "a person's own")),
        *(("--output-dir", where) for where in ("/proc/none", "a file", "a person's own")),
        *(("--review", where) for where in ("a file", "a person's own")),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_scored(
    option, where, refused, place, tmp_path
):
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "a person's own").mkdir()
    (tmp_path / "a person's own" / "photo.jpg").write_text("mine")
    a_page(0).save(tmp_path / "image.png")
    words = (str(tmp_path / "image.png"), *place.options(), f"{option}={tmp_path / where}")
    code, said = refused(*words, ask=ask)
    assert (code, "Traceback" in said) == (3, False)
    assert option in said


def test_a_name_that_points_upwards_is_the_file_it_points_to(refused, place, tmp_path):
    (tmp_path / "x").mkdir()
    name = tmp_path / "x" / ".." / "gone.png"
    code, said = refused(str(name), *place.options(), ask=ask)
    assert (code, f"Asked to score {name}; found nothing" in said) == (3, True)


def test_without_a_champion_it_is_said_how_to_make_one(refused, tmp_path):
    code, said = refused(str(tmp_path), f"--store-dir={tmp_path / 'none'}", ask=ask)
    assert code == 3
    assert "there is none. Make one with `python -m flows.full_run`" in said


def test_a_share_that_is_none_is_a_bad_option(refused, tmp_path):
    code, said = refused(str(tmp_path), "--hold-back=a few", ask=ask)
    assert code == 2
    assert "a share from 0% to less than 100%, such as 2%, or a probability from 0 to 1" in said
