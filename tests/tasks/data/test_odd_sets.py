"""Every report comes out for odd data sets too, and says what is left out. No server."""

import numpy as np
import pytest

from artifacts.figures.style import MAX_PICTURE_BYTES
from engine.store.location import store_at
from flows.config import RunConfig
from flows.full_run import declare
from flows.stages.champion import Incumbent
from tasks.data.content import Content
from tests.support.inline import computed
from tests.support.small_sets import write_folder

N_TEST = 24


def shapes(n, classes, size, seed):
    """Images of one bar each, its row told by the class, with noise; all classes in turn."""
    rng = np.random.default_rng(seed)
    labels = np.resize(np.array(classes, np.uint8), n)
    images = rng.integers(0, 60, (n, size, size), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[1 + (2 * label) % (size - 2)] = 230
    return images, labels


def content_of(train_classes, test_classes, size, n_train=48):
    return Content(*shapes(n_train, train_classes, size, 0), *shapes(N_TEST, test_classes, size, 1))


# content and knobs of each odd set
SETS = {
    "two classes of 8x8": (
        content_of((3, 5), (3, 5), 8),
        {"candidates": "sgd,random_forest,hog_sgd"},
    ),
    "one candidate without importances": (
        content_of((1, 5, 7), (1, 5, 7), 8),
        {"candidates": "hog_sgd"},
    ),
    "one candidate, no shifts, no test image of the target digit": (
        content_of((1, 5, 7), (1, 7), 8),
        {"candidates": "random_forest", "shift": 0},
    ),
    "one test image": (
        Content(*shapes(48, (1, 5), 8, 0), *shapes(1, (5,), 8, 1)),
        {"candidates": "sgd"},
    ),
}
EXPECTED = {
    "two classes of 8x8": {"5d": "With two classes there is one question only"},
    "one candidate without importances": {
        "3": "was the only candidate",
        "5d": "Left out: a forest's importances (`random_forest`) and a linear model's weights",
        "5": "one as good, wrong elsewhere",
    },
    "one candidate, no shifts, no test image of the target digit": {
        "0b": "No copies were added",
        "5": "Left out: the test set has no image of class 5.",
        "5d": "Left out: the test set has no image of class 5.",
        "5e": "**Nothing to compare**: with shift 0",
    },
    "one test image": {"5": "cannot show a difference reliably"},
}


@pytest.fixture(params=SETS)
def drawn(request, tmp_path):
    """The name of an odd set, its reports by their place, and the number of steps taken."""
    content, knobs = SETS[request.param]
    config = RunConfig(
        dataset="odd", data_dir=write_folder(tmp_path / "odd", content), n_jobs=1, **knobs
    )

    with store_at(tmp_path / "store"):
        reports, taken = computed(lambda step: declare(step, config, Incumbent(None)).reports)
        sizes = [figure.image.size_bytes for report in reports for figure in report.figures]
    assert len(taken) == len(set(taken))
    assert max(sizes) <= MAX_PICTURE_BYTES
    return request.param, {report.key.split("-")[0]: report for report in reports}


def test_every_report_comes_out_and_says_what_is_left_out(drawn):
    name, reports = drawn
    places = {"0a", "0b", "1", "2", "2b", "3", "4", "5", "5b", "5c", "5d", "5e"}
    assert places <= set(reports)
    for report in reports.values():
        assert report.figures
        assert "nan" not in report.markdown.lower().split()
        assert "None" not in report.markdown
    for place, text in EXPECTED[name].items():
        assert text in reports[place].markdown.replace("\u00a0", " ")
