"""What a set cannot serve is told before the first fit, all at once, with advice that helps."""

import re

import numpy as np
import pytest

from flows.config import RunConfig
from tasks.class_names import NUMBERS, ClassNames
from tasks.errors import DataError
from tasks.models.build import fit_candidate
from tasks.models.candidates import CANDIDATES
from tasks.models.servable import SetFacts, require_served

GOOD = SetFacts(size=(8, 8), classes=(0, 5), train_counts=(10, 10))


def told(facts=GOOD, names=NUMBERS, *, candidates=tuple(CANDIDATES), grows=False, **knobs):
    """Return what is said of a set, empty if nothing is amiss."""
    asked = {"n_splits": 3, "shift": 1, "target": 5} | knobs
    specs = tuple(CANDIDATES[name] for name in candidates)
    try:
        require_served(facts, names, specs, grows=grows, **asked)
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("size", [(8, 8), (20, 32), (64, 64), (4, 40), (28, 28)])
def test_sets_of_any_shape_are_served(size):
    assert told(GOOD.model_copy(update={"size": size})) == ""


@pytest.mark.parametrize(
    ("changed", "knobs", "said"),
    [
        ({"classes": (5,), "train_counts": (60,)}, {}, "one class only (5)"),
        ({"train_counts": (1, 10)}, {}, "class 0 has 1 training image. Add training images of"),
        ({"train_counts": (2, 10)}, {}, "or lower --n-splits to 2"),
        ({"train_counts": (2, 2)}, {}, "class 0 has 2, class 5 has 2 training images"),
        ({"size": (1, 30)}, {"shift": 0}, "Choose --candidates sgd,random_forest"),
        ({"size": (3, 3)}, {}, "hog_sgd, which needs images of at least 4 x 4 pixels"),
        ({"size": (4, 9)}, {"shift": 4}, "Choose --shift below 4"),
        ({}, {"target": 7}, "has only the classes 0, 5. Choose one of them, such as"),
        ({}, {"target": "A"}, "Asked for the target digit A"),
    ],
)
def test_what_cannot_be_served_is_told(changed, knobs, said):
    assert said in told(GOOD.model_copy(update=changed), **knobs)


def test_everything_that_is_amiss_is_told_at_once():
    lines = told(SetFacts(size=(1, 4), classes=(0, 5), train_counts=(1, 9)), target=9).splitlines()
    assert [re.split("[;,]", line)[0].split()[2] for line in lines] == ["3", "the", "shift", "the"]


def test_no_advice_is_refused():
    """An advice for --n-splits is one that the option takes."""
    for n in range(1, 5):
        text = told(GOOD.model_copy(update={"train_counts": (n, 10)}), n_splits=5)
        for advised in re.findall(r"--n-splits to (\d+)", text):
            assert RunConfig(n_splits=int(advised)).n_splits == n


def test_a_class_may_be_small_if_new_images_join():
    assert told(GOOD.model_copy(update={"train_counts": (1, 10)}), grows=True) == ""


def test_a_class_is_asked_for_by_its_name():
    names = ClassNames(named=((0, "cat's"), (5, "dog")))
    assert told(names=names, target="dog") == ""
    assert """has only the classes cat's, dog. Choose one of them, such as --target-digit '""" in (
        told(names=names, target="mouse")
    )


@pytest.mark.parametrize("name", CANDIDATES)
@pytest.mark.parametrize("size", [(20, 32), (32, 20), (12, 9), (6, 16)])
def test_every_candidate_tells_bars_apart_on_images_that_are_not_square(name, size):
    """A bar that lies against one that stands: a model that takes the rows wrong cannot."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 40, (60, *size), np.uint8)
    labels = np.arange(60, dtype=np.uint8) % 2
    images[labels == 0, size[0] // 2] = 230
    images[labels == 1, :, size[1] // 2] = 230
    fit = fit_candidate(CANDIDATES[name], images[:40], labels[:40], seed=0, n_jobs=1)
    predicted = fit.model.predict(images[40:].reshape(20, -1))
    assert (predicted == labels[40:]).mean() == 1
