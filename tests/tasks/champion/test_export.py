"""An exported champion answers as the champion does, read by the library of its format."""

import numpy as np
import onnx
import onnxruntime
import pytest
import skops.io

from engine.store.location import store_at
from engine.store.objects import load_array, save_model
from tasks.champion.export import ExportError, export
from tasks.champion.load import LoadedChampion
from tasks.evaluation.evaluate import evaluate, score_test_set
from tasks.models.build import fit_candidate
from tasks.models.candidates import candidate_specs
from tests.support.records.champions import fitted_champion

CANDIDATES = ("sgd", "random_forest", "hog_sgd")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with store_at(tmp_path_factory.mktemp("export") / "store") as root:
        yield root


@pytest.fixture(scope="module")
def champions(place):
    """A small champion of each candidate."""
    found, base = {}, fitted_champion("2026-01-01T02-15-00-00000000")
    images, labels = (load_array(each) for each in (base.train.images, base.train.labels))
    for spec in candidate_specs(CANDIDATES):
        small = tuple((k, 200 if k == "n_components" else v) for k, v in spec.parameters)
        spec_ = spec.model_copy(update={"parameters": small})
        model = fit_candidate(spec_, images, labels, seed=1, n_jobs=1).model
        fitted = base.fitted.model_copy(update={"candidate": spec_, "model": save_model(model)})
        scored = score_test_set.fn(fitted, base.test, 0)
        judged = evaluate.fn(scored, base.choice, base.test.labels, 0.5)
        record = base.model_copy(update={"fitted": fitted, "evaluation": judged})
        found[spec.name] = LoadedChampion(record, model, place)
    return found


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_skops_file_gives_the_same_scores(champions, name, tmp_path):
    champion, path = champions[name], tmp_path / "champion.skops"
    assert export(champion, path)[1:] == (0, 0.0)
    model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    images = load_array(champion.record.test.images)
    assert np.array_equal(model.predict(images.reshape(len(images), -1)), champion.predict(images))


@pytest.mark.parametrize("name", ["sgd", "random_forest"])
def test_an_onnx_file_gives_the_same_answers_from_raw_pixels(champions, name, tmp_path):
    champion, path = champions[name], tmp_path / "champion.onnx"
    assert export(champion, path).n_differing == 0
    onnx.checker.check_model(onnx.load(path))
    images = load_array(champion.record.test.images)
    session = onnxruntime.InferenceSession(path)
    answers, _ = session.run(None, {"pixels": images.reshape(len(images), -1)})
    scores = np.sort(load_array(champion.record.evaluation.scores), axis=1)
    tied = scores[:, -1] - scores[:, -2] < 1e-9  # as many trees for one class as for another
    assert tied.sum() <= 2
    assert np.array_equal(answers[~tied], champion.predict(images)[~tied])


def test_a_model_that_onnx_cannot_hold_is_told(champions, tmp_path):
    with pytest.raises(
        ExportError, match=r"possible for sgd, random_forest\. Export it as \.skops"
    ):
        export(champions["hog_sgd"], tmp_path / "champion.onnx")


def test_another_suffix_is_told(champions, tmp_path):
    with pytest.raises(ExportError, match=r"End the name in \.skops or \.onnx"):
        export(champions["sgd"], tmp_path / "champion.pkl")


def test_a_file_that_answers_otherwise_is_not_left_behind(champions, tmp_path):
    """The record says what the champion answered; here it belongs to another model."""
    sgd, forest = champions["sgd"], champions["random_forest"]
    mixed = LoadedChampion(
        sgd.record.model_copy(update={"fitted": forest.record.fitted}), forest.model, sgd.store
    )
    path = tmp_path / "champion.skops"
    with pytest.raises(ExportError, match="answered otherwise than by the champion"):
        export(mixed, path)
    assert not path.exists()
