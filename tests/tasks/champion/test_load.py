"""A champion asked from Python answers as it was judged, and refuses what it was not made for."""

import numpy as np
import pytest
import sklearn.base

from engine.errors import DamagedFile
from engine.store.location import store_at
from engine.store.objects import load_array
from tasks.champion.load import load_champion
from tasks.champion.store import ChampionError, crown
from tasks.errors import DataError
from tasks.evaluation.calibration import calibrated
from tasks.models.rows import save_lines
from tests.support.records.champions import fitted_champion, with_out_of_fold


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A store with a champion, its folder."""
    with store_at(tmp_path_factory.mktemp("champion") / "store") as root:
        crown(with_out_of_fold(fitted_champion("2026-01-01T02-15-00-00000000")))
    return root


def test_a_champion_of_mails_is_not_opened_for_images(tmp_path):
    with store_at(tmp_path / "store"):
        mails = save_lines(["{}", "{}"], np.array([0, 1], np.uint8))
        of_images = fitted_champion("2026-01-01T02-15-00-00000000", dataset="spam+own")
        crown(of_images.model_copy(update={"train": mails, "test": mails}))
    with pytest.raises(ChampionError, match="lines of text, such as mails"):
        load_champion(tmp_path / "store")


@pytest.fixture(scope="module")
def test_set(place):
    record = load_champion(place).record
    with store_at(place):
        return tuple(
            np.array(load_array(each))
            for each in (record.test.images, record.evaluation.predictions)
        )


def test_it_answers_as_it_was_judged(place, test_set):
    images, expected = test_set
    champion = load_champion(place)
    assert np.array_equal(champion.predict(images), expected)
    assert np.array_equal(champion.predict(images.reshape(len(images), -1).astype(float)), expected)
    assert champion.classes_.tolist() == list(range(10))
    assert (champion.image_size, champion.highest) == ((8, 8), 240)


def test_its_probabilities_are_those_calibrated_on_out_of_fold_scores(place, test_set):
    champion = load_champion(place)
    record = champion.record
    with store_at(place):
        expected = calibrated(
            *(load_array(each) for each in (record.out_of_fold.scores, record.train.labels)),
            load_array(record.evaluation.scores),
            tuple(range(10)),
        )
    assert champion.predict_proba(test_set[0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x / 240, "from 0 to 1"),
        (lambda x: (x / 15).astype(np.uint8), "from 0 to 16"),
        (lambda x: x.astype(int) - 100, "from -100"),
        (lambda x: x.astype(int) * 2, "to 480"),
        (lambda x: x + 0.5, "not all of them whole"),
        (lambda x: np.where(x == 0, np.nan, x), "no numbers"),
        (lambda x: 240 - x, "dark ink on a light ground"),
        (lambda x: x[:, :7], r"\(\d+, 7, 8\)"),
        (lambda x: x[0], r"\(8, 8\)"),
        (np.zeros_like, "from 0 to 0"),
    ],
)
def test_images_of_another_range_shape_or_ground_are_refused(place, test_set, change, said):
    with pytest.raises(DataError, match=rf"(?s){said}.*The champion takes arrays of shape"):
        load_champion(place).predict(change(test_set[0][:50]))


def test_no_images_are_no_error(place):
    assert load_champion(place).predict(np.empty((0, 8, 8), np.uint8)).shape == (0,)


def test_without_a_champion_it_is_said_how_to_make_one(tmp_path):
    with pytest.raises(
        ChampionError, match=r"there is none\. Make one with `python -m flows\.full"
    ):
        load_champion(tmp_path / "nothing")


def test_a_damaged_model_is_not_opened(store):
    champion = crown(fitted_champion("2026-01-01T02-15-00-00000000"))
    path = champion.fitted.model.path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises((DamagedFile, ChampionError), match="sha256"):
        load_champion(store)


def test_a_record_of_an_earlier_version_says_what_to_do(store):
    crown(fitted_champion("2026-01-01T02-15-00-00000000"))
    images = np.full((1, 8, 8), 0, np.uint8)
    images[0, 2:6, 2:6] = 240
    champion = load_champion(store)
    assert champion.predict(images).shape == (1,)
    with pytest.raises(ChampionError, match=r"no out-of-fold scores\..*retire"):
        champion.predict_proba(images)


def test_a_model_of_another_scikit_learn_is_not_opened(store, monkeypatch):
    monkeypatch.setattr(sklearn.base, "__version__", "1.1.0")  # what a pickle notes of itself
    crown(fitted_champion("2026-01-01T02-15-00-00000000"))
    monkeypatch.undo()
    said = (
        rf"made by scikit-learn 1\.1\.0; this is {sklearn.__version__}.*Install the other version"
    )
    with pytest.raises(DataError, match=said):
        load_champion(store)
