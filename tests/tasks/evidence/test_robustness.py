"""What the augmentation bought, against scoring the images directly."""

import numpy as np
import pytest

from artifacts.figures.robustness import PANELS, disturbed_figure, robustness_figure
from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.reports.evidence.robustness import robustness_report
from engine.store.location import store_at
from engine.store.objects import load_array, load_model, save_array
from tasks.data.augment import augment
from tasks.data.records import LabelledImages
from tasks.evaluation.intervals import wilson_interval
from tasks.evidence import robustness as module
from tasks.evidence.disturb import KINDS
from tasks.evidence.extra_fits import without_augmentation
from tasks.evidence.robustness import (
    disturbed_accuracy,
    drawn_images,
    measure_robustness,
    originals,
)
from tasks.models.candidates import CANDIDATES
from tasks.models.refit import refit
from tasks.selection.compare import mcnemar_exact
from tests.tasks.evaluation.test_confidence import plain as plain_text

N_DRAWN = 60


def bars(n, seed):
    """Bars of 8 x 8 pixels, upright for 1 and lying for 0, three pixels thick, with noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.uint8)
    images = rng.integers(0, 90, (n, 8, 8), dtype=np.uint8)
    images[labels == 1, :, 3:5] = 220
    images[labels == 0, 3:5, :] = 220
    return LabelledImages(images=save_array(images), labels=save_array(labels))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One store with a forest fitted with copies and without, and what it withstands."""
    with store_at(tmp_path_factory.mktemp("robustness")), pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "N_DISTURBED", N_DRAWN)
        train, test = bars(80, 0), bars(100, 1)
        spec = CANDIDATES["random_forest"]
        with_copies = refit.fn(spec, augment.fn(train, 1), 7, 1)
        without = refit.fn(spec, originals(train), 7, 1)
        found = measure_robustness.fn(with_copies, without, test, 1, 7, 1)
        yield with_copies, without, test, found


def test_undisturbed_the_accuracy_is_that_of_predicting_the_drawn_images(kept):
    with_copies, without, test, found = kept
    rows = np.random.default_rng(7).permutation(100)[:N_DRAWN]
    images = load_array(test.images)[rows].reshape(N_DRAWN, -1)
    labels = load_array(test.labels)[rows]
    for fitted, which in ((with_copies, "augmented"), (without, "plain")):
        accuracy = float((load_model(fitted.model).predict(images) == labels).mean())
        for score in found.scores:
            if score.strength == 0:
                assert getattr(score, which).value == pytest.approx(accuracy)
    assert found.n_images == N_DRAWN


def test_a_disturbed_score_is_that_of_the_disturbed_images(kept):
    with_copies, without, test, found = kept
    rows = drawn_images(100, seed=7)
    images, labels = load_array(test.images)[rows], load_array(test.labels)[rows]
    for kind in KINDS:
        at = kind.strengths[-1]
        moved = kind.disturb(images, at, 7).reshape(len(rows), -1)
        right, plainly = (
            load_model(fitted.model).predict(moved) == labels for fitted in (with_copies, without)
        )
        score = next(s for s in found.scores if (s.kind, s.strength) == (kind.name, at))
        assert score.augmented == wilson_interval(int(right.sum()), len(rows))
        assert score.p_value == mcnemar_exact(
            int((right & ~plainly).sum()), int((plainly & ~right).sum())
        )


def test_a_fixed_draw_of_different_images_is_made_once_and_sorted():
    first, again, other = (drawn_images(5000, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(set(first)) == module.N_DISTURBED
    assert sorted(drawn_images(7, seed=0)) == list(range(7))  # fewer than asked: all of them


def test_only_the_models_own_jitter_is_turned_off():
    hog, forest = CANDIDATES["hog_sgd"], CANDIDATES["random_forest"]
    assert dict(without_augmentation(hog).parameters) == dict(hog.parameters) | {"jitter": 0.0}
    assert without_augmentation(forest) == forest


def test_the_set_without_copies_is_what_a_shift_of_0_gives(store):
    train = bars(10, 0)
    assert originals(train) == augment.fn(train, 0)


def test_without_any_augmentation_the_report_says_what_is_left_out(kept):
    _, without, test, _ = kept
    found = measure_robustness.fn(without, without, test, 0, 7, 1)
    assert not found.is_compared
    text = plain_text(robustness_report(found, "Random Forest"))
    assert "**Nothing to compare**: with shift 0 Random Forest was fitted" in text
    lines = robustness_figure(found).findobj(lambda artist: artist.get_gid() == "plain")
    assert lines == []


def test_the_report_counts_better_and_worse_and_names_its_own_jitter(kept):
    *_, found = kept
    yes, no = np.ones(60, bool), np.zeros(60, bool)
    kind = KINDS[0]
    scores = (
        disturbed_accuracy(kind, 0.0, yes, yes),
        disturbed_accuracy(kind, 1.0, yes, no),
        disturbed_accuracy(kind, 2.0, no, yes),
        disturbed_accuracy(kind, 3.0, yes, yes),
    )
    made = found.model_copy(update={"scores": scores, "own_jitter": 0.05})
    text = plain_text(robustness_report(made, "The model"))
    assert "significantly more accurate under 1 of 3 disturbances than without" in text
    assert "than without, and less accurate under 1" in text
    assert "under the other 1 the difference is no more than chance would give" in text
    assert "gains most when images are moved left by 1 px: 100.0 % against 0.0 % right" in text
    assert "loses most when images are moved left by 2 px" in text
    assert "(jitter 0.05). That is an augmentation too, and it is turned off" in text
    assert "60 of the 100 test images" in text


def test_the_curves_hold_every_score_once_from_left_to_right(kept):
    *_, found = kept
    figure = robustness_figure(found)
    lines = figure.findobj(lambda artist: artist.get_gid() == "augmented")
    assert len(lines) == len(PANELS)
    sideways = {
        -score.strength if score.kind == "moved left" else score.strength: score.augmented.value
        for score in found.scores
        if score.kind in {"moved left", "moved right"}
    }
    assert list(lines[0].get_xdata()) == [-3, -2, -1, 0, 1, 2, 3]
    assert list(lines[0].get_ydata()) == [sideways[x] for x in lines[0].get_xdata()]
    assert {name for _, _, kinds in PANELS for name, _ in kinds} == {kind.name for kind in KINDS}
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES


def test_every_disturbed_image_is_drawn_and_the_sheet_stays_small():
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    shown = {k.name: [(at, k.disturb(image, at, 0)[0]) for at in k.strengths] for k in KINDS}
    figure = disturbed_figure(shown)
    drawn = figure.findobj(lambda artist: artist.get_gid() == "disturbed")
    assert len(drawn) == sum(len(kind.strengths) for kind in KINDS)
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES
