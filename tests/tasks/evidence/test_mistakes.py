"""Mistakes and their neighbours, against scikit-learn's and against cases made by hand."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from artifacts.figures.mistakes import error_images_figure, neighbours_figure, suspects_figure
from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.reports.evidence.mistakes import mistakes_report
from engine.store.objects import save_array
from tasks.data.records import LabelledImages
from tasks.evidence import mistakes as module
from tasks.evidence.mistakes import (
    hardest_first,
    nearest_training_images,
    study_mistakes,
    suspicion,
)
from tasks.evidence.records import Mistake
from tests.support.records.golden import MISTAKES
from tests.tasks.evaluation.test_confidence import plain

MISTAKE = Mistake(
    index=7,
    true=4,
    predicted=9,
    runner_up=4,
    margin=0.25,
    neighbours=(1, 2, 3, 4, 5),
    neighbour_labels=(9, 9, 7, 9, 9),
    neighbour_distances=(1.0, 2.0, 3.0, 4.0, 5.0),
)


def noise(n, size=6, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size), dtype=np.uint8)


@pytest.mark.parametrize("chunk", [3, 7, 100])
def test_the_neighbours_are_those_that_scikit_learn_finds(chunk, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    images, training = noise(4), noise(50, seed=1)
    index, distance = nearest_training_images(images, training, n_neighbours=5)
    judge = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(
        training.reshape(50, -1).astype(float)
    )
    distances, expected = judge.kneighbors(images.reshape(4, -1).astype(float))
    assert index.tolist() == expected.tolist()
    assert distance == pytest.approx(distances)


def test_an_image_is_its_own_nearest_neighbour_at_distance_0():
    training = noise(20)
    index, distance = nearest_training_images(training[[3, 17]], training, n_neighbours=1)
    assert index.ravel().tolist() == [3, 17]
    assert distance.ravel().tolist() == [0.0, 0.0]


def test_the_hardest_mistake_is_the_one_whose_true_class_is_furthest_behind():
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    index, margins = hardest_first(scores, np.array([1, 1, 1, 0]), (0, 1))
    assert index.tolist() == [0, 1]
    assert margins == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize(
    ("labels", "is_suspected"),
    [
        ((9, 9, 9, 9, 9), True),
        ((9, 9, 7, 9, 9), True),
        ((9, 9, 7, 7, 9), False),  # two of five are not convinced
        ((9, 9, 4, 9, 9), False),  # one sides with the label
        ((9,), True),
        ((4,), False),
    ],
)
def test_a_label_is_suspected_only_if_model_and_neighbours_agree_against_it(labels, is_suspected):
    mistake = MISTAKE.model_copy(update={"neighbour_labels": labels})
    assert (suspicion(mistake) is not None) == is_suspected


def images_and_labels(images, labels):
    return LabelledImages(images=save_array(images), labels=save_array(np.array(labels, np.uint8)))


def test_a_label_that_was_swapped_on_purpose_is_found(store):
    """Ten blots, left for 0 and right for 1; one test image of the left has the label 1."""
    left, right = np.zeros((2, 10, 4, 4), np.uint8)
    left[:, :, 0], right[:, :, 3] = 200, 200
    left[:, 0, 1] = right[:, 0, 1] = np.arange(10)
    train = images_and_labels(np.concatenate([left, right]), [0] * 10 + [1] * 10)
    test = images_and_labels(np.stack([left[4], right[4], left[2]]), [0, 1, 1])
    scores = save_array(np.array([[0.9, 0.1], [0.2, 0.8], [0.95, 0.05]]))
    found = study_mistakes.fn(scores, (0, 1), test, train)
    assert (found.n_wrong, [at for at, _ in found.suspected]) == (1, [2])
    assert found.studied[0].neighbour_labels == (0,) * 5
    text = plain(mistakes_report(found, "SGD"))
    assert "**1 label is in doubt**" in text
    assert "ahead by 0.9; so do 5 of the 5 nearest training images, and none says 1" in text


@pytest.mark.parametrize(
    ("n_wrong", "said"),
    [
        (7, "is 6 images, 6.00 points: 6 of the 6 mistakes whose label is not in doubt put right"),
        (6, "No further gain can be proven on these test images: by McNemar's exact test at 5 %"),
    ],
)
def test_the_smallest_provable_gain_leaves_labels_in_doubt_aside(n_wrong, said):
    found = MISTAKES.model_copy(update={"n_wrong": n_wrong})  # one of them in doubt
    assert len(found.suspected) == 1
    assert said in mistakes_report(found, "SGD")


def test_no_mistakes_give_a_report_and_pictures_that_say_so(store):
    images = images_and_labels(noise(4, size=8), [0, 1, 0, 1])
    scores = save_array(np.eye(2)[[0, 1, 0, 1]])
    found = study_mistakes.fn(scores, (0, 1), images, images)
    assert "makes no mistake on the 4 test images" in mistakes_report(found, "SGD")
    for figure in (
        neighbours_figure((), noise(0), noise(0)[:, np.newaxis]),
        suspects_figure((), noise(0)),
    ):
        assert len(figure_png(figure)) <= MAX_PICTURE_BYTES


def test_the_error_grid_counts_every_cell_that_has_a_mistake():
    """Three classes, one of them without any image, 8 x 8 pixels."""
    confusion = ((3, 2, 0), (0, 5, 0), (0, 0, 0))
    image = noise(1, size=8)[0]
    figure = error_images_figure(confusion, (0, 1, 2), {(0, 1): image}, {0: image, 1: image})
    texts = figure.findobj(lambda artist: artist.get_gid() == "count")
    assert [text.get_text() for text in texts] == ["2"]
    (sheet,) = figure.findobj(lambda artist: artist.get_gid() == "error-images")
    paper = np.asarray(sheet.get_array())
    cell = paper[:8, 8:16]  # of 0 taken for 1: the darker the image, the darker the paper
    assert (
        np.argsort(cell[..., 0].ravel()[:9]) == np.argsort(255 - image.ravel()[:9].astype(int))
    ).all()
    assert paper[16:, :16] == pytest.approx(np.ones((8, 16, 3)))  # no images, no mistakes
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES


def test_neighbours_carry_their_labels_and_8x8_noise_stays_small():
    figure = neighbours_figure((MISTAKE,) * 12, noise(12, 28), noise(60, 28).reshape(12, 5, 28, 28))
    texts = [t.get_text() for t in figure.findobj(lambda a: a.get_gid() == "heading")]
    assert texts[:6] == ["4 taken for 9", "9", "9", "7", "9", "9"]
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES
