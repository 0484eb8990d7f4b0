"""Two models set side by side: image by image, and what they were made with."""

import pytest

from artifacts.reports.champion import Judged
from engine.run.provenance import MadeWith
from engine.store.location import store_at
from engine.store.objects import load_array
from flows.compare import Side, compared, differences
from tests.support.records.champions import fitted_champion

MADE = MadeWith(content_sha256="a", code_revision="r", code={"m": "1"}, libraries={"numpy": "2"})


def side(name, champion, *, made=MADE, **options):
    judged = Judged(champion.title, champion.fitted.n_train, champion.evaluation)
    return Side(name, judged, champion.test, options, made)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with store_at(tmp_path_factory.mktemp("compare") / "store") as store:
        first, second = (fitted_champion(f"2026-{n}", n_train=n) for n in (200, 1300))
    return store, first, second


def test_newly_right_and_wrong_are_counted_image_by_image(two, tmp_path):
    store, first, second = two
    with store_at(store):
        truth = load_array(first.test.labels)
        was, now = (load_array(each.evaluation.predictions) == truth for each in (first, second))
    with store_at(tmp_path):
        report = compared(side("monday", first), side("tuesday", second), store)
        assert all(figure.image.path.is_file() for figure in report.figures)
    right, wrong = int((now & ~was).sum()), int((was & ~now).sum())
    assert f"**{right:,} are newly right and {wrong:,} newly wrong.**" in report.markdown
    assert [figure.title.split()[0] for figure in report.figures[1:]] == [str(right), str(wrong)]


def test_what_differs_is_named_and_what_is_equal_is_not(two):
    _, first, second = two
    other = MADE.model_copy(update={"libraries": {"numpy": "3"}, "content_sha256": "b"})
    found = differences(
        side("a", first, shift=0, seed=1), side("b", second, made=other, shift=1, seed=1)
    )
    assert [str(each) for each in found] == [
        "option.shift 0 -> 1",
        "data.content sha256 a -> b",
        "library.numpy 2 -> 3",
    ]


def test_models_of_other_test_images_are_not_compared(two, tmp_path):
    store, first, second = two
    other = second.model_copy(update={"test": second.train})
    with store_at(tmp_path):
        report = compared(side("a", first), side("b", other), store)
    assert "judged on other test images" in report.markdown
    assert report.figures == ()
