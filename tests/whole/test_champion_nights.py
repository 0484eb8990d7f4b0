"""Nights one after the other: who becomes the champion, who does not, and what is kept of it."""

import json
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_digits

from engine.store.location import store_at
from flows.stages.monitoring import read_history as read_nights
from tasks.champion.files import log_path
from tasks.champion.store import read_champion, read_history
from tasks.data.idx import write_idx
from tests.support.prefect_server import ROOT, run_module
from tests.support.records.champions import DATASET
from tests.support.runs import newest_output, step_lines

pytestmark = pytest.mark.slow

N_MORE = 900


def write_set(folder, n_train):
    """Write the first digits as a set to train on and always the same last 597 to test on."""
    bunch = load_digits()
    images, labels = (bunch.images * 15).astype(np.uint8), bunch.target.astype(np.uint8)
    folder.mkdir(exist_ok=True)
    for name, array in (
        ("train-images-idx3-ubyte", images[:n_train]),
        ("train-labels-idx1-ubyte", labels[:n_train]),
        ("t10k-images-idx3-ubyte", images[1200:]),
        ("t10k-labels-idx1-ubyte", labels[1200:]),
    ):
        write_idx(folder / name, array)


class Nights:
    """A store, an output folder and the set that the runs of these tests share."""

    def __init__(self, base, environment):
        self.base, self.environment = base, environment
        self.store, self.outputs = base / "data", base / "outputs"
        self.dataset = ("--dataset=own", f"--data-dir={base / 'own'}")

    def run(self, *knobs):
        done = run_module(*self.command(*knobs), environment=self.environment)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def command(self, *knobs):
        return (
            "flows.full_run",
            *self.dataset,
            f"--store-dir={self.store}",
            f"--output-dir={self.outputs}",
            "--candidates=random_forest",
            "--goal=0.5",
            "--shift=0",
            *knobs,
        )

    def facts(self):
        return json.loads(
            (newest_output((self.store, self.outputs)) / "evaluation.json").read_text()
        )

    def outcome(self):
        return self.facts()["promotion"]["outcome"]


@pytest.fixture(scope="module")
def nights(prefect_server, tmp_path_factory):
    """One night that left a first champion, from few training images."""
    found = Nights(tmp_path_factory.mktemp("nights"), prefect_server.environment)
    write_set(found.base / "own", 60)
    found.run()
    return found


def published(server, key):
    """Return the text of the newest artifact of a key."""
    return next(a["data"] for a in server.artifacts() if a["key"] == key)


def test_the_nights_of_a_model_from_first_champion_to_rollback(nights, prefect_server):
    """One story, told by one store: each night stands on those before it."""
    assert nights.outcome() == "first champion"
    assert "first run on this data set" in published(prefect_server, "7-history")
    assert "nothing to compare" in published(prefect_server, "0c-drift")
    first = nights.facts()["promotion"]["champion_now"]

    said = nights.run()
    assert set(step_lines(said).values()) == {"reused"}
    assert "Same model as the champion" in " ".join(said.split())
    assert "unchanged" in prefect_server.flow_runs()[0]["name"]
    assert "Nothing has changed since the last run" in published(prefect_server, "7-history")

    own, nights.dataset = nights.dataset, ("--dataset=digits",)
    nights.run()
    nights.dataset = own
    assert nights.outcome() == "first champion"  # each data set has its own
    assert "first run on this data set" in published(prefect_server, "7-history")
    digits = nights.facts()["promotion"]["champion_now"]

    write_set(nights.base / "own", N_MORE)
    nights.run()
    assert nights.outcome() == "promoted"
    second = nights.facts()["promotion"]["champion_now"]
    assert nights.facts()["promotion"]["champion_before"] == first
    assert f"{N_MORE - 60} training images more" in published(prefect_server, "7-history")
    assert "The mean pictures" in published(prefect_server, "0c-drift")
    run_folder = newest_output((nights.store, nights.outputs))
    pictures = {path.stem for path in (run_folder / "figures").glob("*.png")}
    assert {"6-champion-newly-right", "6-champion-newly-wrong", "7-history-scores"} <= pictures

    nights.run("--seed=7")
    assert nights.outcome() == "statistically tied, champion kept"

    nights.run("--shift=2", "--goal=0.9999")
    assert nights.outcome() == "refused"
    assert prefect_server.flow_runs()[0]["state"]["name"] == "NotPromoted"

    back = run_module(
        "flows.champion",
        "rollback",
        "--dataset=own",
        f"--store-dir={nights.store}",
        environment=nights.environment,
    )
    assert back.returncode == 0, back.stderr
    nights.run()
    promotion = nights.facts()["promotion"]
    assert (promotion["outcome"], promotion["champion_now"]) == ("refused", first)
    assert "rolled back by hand" in promotion["reason"]
    assert second != first

    with store_at(nights.store):
        kept = read_nights(("own",))
        entries, n_damaged = kept.entries, kept.n_damaged
        assert read_champion("digits").name == digits
    assert [each.outcome for each in entries] == [
        "first champion",
        "statistically tied, champion kept",
        "promoted",
        "statistically tied, champion kept",
        "refused",
        "refused",
    ]
    assert n_damaged == 0


def test_a_damaged_champion_does_not_stop_the_night_and_stays(nights, prefect_server):
    with store_at(nights.store):
        whole = log_path("own").read_bytes()
        log_path("own").write_bytes(whole[:100])
        try:
            said = " ".join(nights.run().split())
            assert log_path("own").read_bytes() == whole[:100]
        finally:
            log_path("own").write_bytes(whole)
    assert nights.outcome() == "refused"
    assert "cannot be used and stays as it is" in said
    assert "flows.champion rollback" in said


@pytest.mark.counted("a lost champion told, not taken for a new beginning")
def test_after_the_log_was_lost_the_winner_of_the_night_is_not_the_first_champion(nights):
    with store_at(nights.store):
        whole = log_path("own").read_bytes()
        log_path("own").unlink()
        try:
            said = " ".join(nights.run().split())
            assert not log_path("own").exists()
        finally:
            log_path("own").write_bytes(whole)
    assert nights.outcome() == "refused"
    assert "own.jsonl is missing" in said
    assert "flows.champion retire --dataset own" in said


def test_a_run_that_was_told_not_to_promote_says_what_it_would_have_done(nights, tmp_path):
    alone = Nights(tmp_path, nights.environment)
    write_set(tmp_path / "own", 60)
    alone.run("--no-promote")
    assert alone.outcome() == "refused"
    assert "first champion" in alone.facts()["promotion"]["reason"]
    with store_at(alone.store):
        assert read_champion("own") is None


def test_the_last_night_is_made_again_from_nothing(nights):
    digest = nights.facts()["prediction_sha256"]
    folder = newest_output((nights.store, nights.outputs))
    again = run_module("flows.reproduce", str(folder), environment=nights.environment)
    assert again.returncode == 0, again.stderr
    assert f"The same predictions on every test image: {digest}" in again.stdout
    assert list(nights.outputs.glob(".reproduce-*")) == []

    write_set(nights.base / "own", N_MORE - 1)
    other = run_module("flows.reproduce", str(folder), environment=nights.environment)
    write_set(nights.base / "own", N_MORE)
    assert other.returncode == 1
    assert "the data: content sha256" in other.stderr


CROWN = """
import sys
sys.path[:0] = [{root!r}, {root!r} + '/tests']
from tests.support.records.champions import fitted_champion
from engine.store.location import store_at
from tasks.champion.store import crown
with store_at({store!r}):
    new = [fitted_champion(name, n_train=n) for name, n in (('b', 300), ('c', 900))]
    print('ready', flush=True)
    while True:
        for each in new:
            crown(each)
"""


def test_killed_at_any_moment_while_the_pointer_moves_one_whole_champion_is_left(tmp_path, n_kills):
    """A process that crowns without end is killed at random; the pointer always leads somewhere."""
    rng = random.Random(0)
    program = CROWN.format(root=str(ROOT), store=str(tmp_path / "store"))
    seen = set()
    for _ in range(n_kills):
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
        process.communicate()
        with store_at(tmp_path / "store"):
            champion = read_champion(DATASET)
            history = read_history(DATASET)
        if champion is not None:
            seen.add(champion.name)
        assert {each.name for each in history} <= {"b", "c"}
    assert seen
