"""What a cache key is made of, and what it ignores."""

import subprocess
import sys

import numpy as np
import pytest

from engine.cache.task import key_parts
from engine.store.objects import save_array, save_model
from tasks.data.records import LabelledImages, TrainingSet
from tasks.evaluation.evaluate import score_test_set
from tasks.models.candidates import CANDIDATES
from tasks.models.cross_validate import cross_validate_fold
from tasks.models.records import FittedModel
from tasks.models.refit import refit


@pytest.fixture
def training(store):
    stacked = LabelledImages(
        images=save_array(np.zeros((4, 3, 3), np.uint8)),
        labels=save_array(np.array([0, 1, 0, 1], np.uint8)),
    )
    return TrainingSet(stacked=stacked, n_sources=4, offsets=((0, 0),))


def test_the_number_of_cores_is_no_part_of_the_key(training):
    keys = {key_parts(refit, CANDIDATES["sgd"], training, 42, n_jobs).key for n_jobs in (1, 2, -1)}
    assert len(keys) == 1


def test_every_input_that_decides_the_result_is_part_of_the_key(training):
    spec = CANDIDATES["sgd"]
    other = spec.model_copy(update={"parameters": (("alpha", 0.1),)})
    calls = [
        (spec, 0, training, 2, 42, 1),
        (spec, 1, training, 2, 42, 1),
        (spec, 0, training, 3, 42, 1),
        (spec, 0, training, 2, 43, 1),
        (other, 0, training, 2, 42, 1),
        (CANDIDATES["random_forest"], 0, training, 2, 42, 1),
    ]
    assert len({key_parts(cross_validate_fold, *call).key for call in calls}) == len(calls)


def test_what_a_result_cost_does_not_make_the_next_task_run(training):
    model = save_model({"weights": 1})

    def key(seconds, memory):
        fitted = FittedModel(
            candidate=CANDIDATES["sgd"],
            classes=(0, 1),
            model=model,
            n_train=4,
            fit_seconds=seconds,
            peak_memory_bytes=memory,
            warnings=(),
        )
        return key_parts(score_test_set, fitted, training.stacked, 42, ()).key

    assert key(1.0, 10) == key(99.0, 20)


def test_two_keys_say_in_words_which_parts_moved(training):
    before = key_parts(refit, CANDIDATES["sgd"], training, 42, 1)
    after = key_parts(refit, CANDIDATES["sgd"], training, 43, 1)
    assert after.differences(before) == (("seed", "seed 42 -> 43"),)
    older = before.model_copy(
        update={
            "libraries": before.libraries | {"scikit-learn": "1.0"},
            "code": before.code | {"tasks.models.build": "edited"},
        }
    )
    now = before.libraries["scikit-learn"]
    texts = [each.text for each in before.differences(older)]
    assert texts == ["code of tasks.models.build", f"scikit-learn 1.0 -> {now}"]


def test_another_image_is_said_to_be_another_file(training):
    changed = np.zeros((4, 3, 3), np.uint8)
    changed[0, 0, 0] = 1
    stacked = training.stacked.model_copy(update={"rows": save_array(changed)})
    other = training.model_copy(update={"stacked": stacked})
    before = key_parts(refit, CANDIDATES["sgd"], training, 42, 1)
    after = key_parts(refit, CANDIDATES["sgd"], other, 42, 1)
    (found,) = after.differences(before)
    assert found == ("training", "another file for training.stacked.rows")


def test_keys_are_the_same_in_every_process():
    program = (
        "from engine.cache.task import key_parts;"
        "from tasks.data.fetch import fetch_dataset, plan_fetch;"
        "p = plan_fetch('digits', None, 42);"
        "print(key_parts(fetch_dataset, p.wanted, p.sources).key)"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(keys) == 1
