"""The simulated nights: what is fed in, what counts as expected, what is shown."""

import numpy as np
import pytest

from benchmarks.nights.plan import Deliveries, ten_nights
from benchmarks.nights.records import NightFound, NightsFound
from benchmarks.nights.report import nights_figure, nights_table, write_nights
from engine.store.objects import load_array
from tasks.data.batches import find_batches
from tasks.data.fetch import store_dataset
from tasks.data.idx import read_folder
from tasks.data.join import join_new_images
from tasks.data.published.bundled import read_bundled_digits
from tasks.errors import DataError


def night(number, kind, accuracy, **changes):
    moved = kind in {"first champion", "promoted"}
    facts = {
        "night": number,
        "title": "part comes",
        "n_images": 1000 * number,
        "accuracy": accuracy,
        "low": accuracy and accuracy - 0.01,
        "high": accuracy and accuracy + 0.01,
        "expected": (kind,),
        "found": kind,
        "reason": "",
        "p_value": 0.00001 if moved else 0.5,
        "champion_accuracy": accuracy or 0.9,
        "champion_moved": moved,
        "seconds": 12.3,
        "n_steps": 30,
        "n_reused": 2,
    }
    return NightFound(**facts | changes)


def nights(*found):
    return NightsFound(
        dataset="MNIST", n_test=10_000, candidate="SGD", machine="2 cores", nights=found
    )


GOOD = nights(
    night(1, "first champion", 0.9, p_value=None),
    night(2, "promoted", 0.95),
    night(3, "worse", 0.92, champion_accuracy=0.95),
    night(4, "tied", 0.95, title="nothing new", n_reused=30),
    night(5, "refused", None, n_images=None, p_value=None, champion_accuracy=0.95, n_steps=0),
)


def test_nights_as_expected_have_no_failure():
    assert GOOD.failures() == ()


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (night(2, "tied", 0.95, expected=("promoted",)), "expected promoted, found tied"),
        (night(2, "worse", 0.95, champion_moved=True), "expected worse, found worse"),
        (night(2, "promoted", 0.95, champion_moved=False), "expected promoted, found promoted"),
        (night(2, "tied", 0.95, title="nothing new"), "nothing was new and 28 steps ran"),
        (night(2, "tied", 0.89), "the champion's accuracy went from 90.00% to 89.00%"),
    ],
)
def test_what_is_not_as_expected_is_said(spoilt, said):
    assert any(said in failure for failure in nights(GOOD.nights[0], spoilt).failures())


def test_the_table_shows_every_night_as_it_was():
    lines = nights_table(GOOD).splitlines()
    assert len(lines) == 2 + 5
    assert lines[3] == (
        "| 2. part comes | 2,000 | 95.00 % (94.00 % to 96.00 %) | promoted | promoted | < 0.0001 "
        "| 12 s | 2 of 30 |"
    )
    assert lines[6].startswith("| 5. part comes | - | - | refused | refused | - |")


def test_the_plot_draws_the_champion_and_every_outcome(tmp_path):
    above = nights_figure(GOOD).axes[0]
    (champion,) = [line for line in above.lines if line.get_gid() == "champion"]
    assert list(champion.get_ydata()) == [0.9, 0.95, 0.95, 0.95, 0.95, 0.95]
    kinds = {container.get_label() for container in above.containers}
    assert kinds == {"first champion", "promoted", "worse", "tied", "refused, no model"}
    write_nights(GOOD, tmp_path)
    assert (tmp_path / "nights.png").stat().st_size < 100_000
    assert NightsFound.model_validate_json((tmp_path / "nights.json").read_text()) == GOOD


def test_after_the_last_night_every_training_image_has_come_once_with_its_label(tmp_path, store):
    """Walks all deliveries without a run; only the one with test images may be refused."""
    content = read_bundled_digits(42)
    deliveries = Deliveries(tmp_path / "nights", content)
    start = read_folder(deliveries.start)
    assert len(start.train_labels) == 135
    np.testing.assert_array_equal(start.test_images, content.test_images)
    dataset = store_dataset(start, "parts", "a test")
    for each in ten_nights():
        each.before(deliveries)
        batches = find_batches([deliveries.new])
        arguments = (dataset.train, dataset.test, dataset.classes, batches)
        if each.expected == ("refused",):
            with pytest.raises(DataError, match="equal to images of the test set"):
                join_new_images.fn(*arguments)
            continue
        joined = join_new_images.fn(*arguments)
        right = dict(zip(map(bytes, content.train_images), content.train_labels, strict=True))
        images, labels = load_array(joined.train.images), load_array(joined.train.labels)
        n_wrong = sum(right[bytes(i)] != label for i, label in zip(images, labels, strict=True))
        assert (n_wrong > 100) == (each.expected == ("worse",))
    np.testing.assert_array_equal(images, content.train_images)
    np.testing.assert_array_equal(labels, content.train_labels)
