"""Two models set side by side: image by image, and what they were made with."""

import pytest

from artifacts.reports.champion import Judged
from engine.store.location import store_at
from engine.store.objects import load_array
from flows.compare import compared, paired
from flows.report.side import Side, differences
from tests.support.records.champions import fitted_champion


def side(name, champion, *, options=None, code=None, others=("a", "2")):
    return Side(
        name=name,
        dataset="digits",
        judged=Judged(champion.title, champion.fitted.n_train, champion.evaluation),
        test=champion.test,
        names=champion.names,
        content_sha256=others[0],
        libraries={"numpy": others[1]},
        options=options,
        code=code,
    )


def report_of(first, second, store, own):
    with store_at(own):
        return compared(first, second, paired(first, second, store), store)


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
    report = report_of(side("monday", first), side("tuesday", second), store, tmp_path)
    with store_at(tmp_path):
        assert all(figure.image.path.is_file() for figure in report.figures)
    right, wrong = int((now & ~was).sum()), int((was & ~now).sum())
    assert f"**{right:,} are newly right and {wrong:,} newly wrong.**" in report.markdown
    assert [figure.title.split()[0] for figure in report.figures[1:]] == [str(right), str(wrong)]


def test_what_differs_is_named_and_what_is_equal_is_not(two):
    _, first, second = two
    known = side("a", first, options={"shift": 0, "seed": 1}, code={"m": "1"})
    other = {"options": {"shift": 1, "seed": 1}, "code": {"m": "1"}, "others": ("b", "3")}
    found = differences(known, side("b", second, **other))
    assert [str(each) for each in found] == [
        "option.shift 0 -> 1",
        "data.content sha256 a -> b",
        "library.numpy 2 -> 3",
    ]


def test_options_of_a_run_without_its_report_are_not_called_different(two, tmp_path):
    store, first, second = two
    known = side("a", first, options={"shift": 0}, code={"m": "1"})
    assert differences(known, side("champion", second)) == ()
    report = report_of(known, side("champion", second), store, tmp_path)
    assert "The report of champion was removed" in report.markdown
    assert "shift" not in report.markdown


def test_models_of_other_test_images_are_not_compared(two, tmp_path):
    store, first, second = two
    other = second.model_copy(update={"test": second.train})
    report = report_of(side("a", first), side("b", other), store, tmp_path)
    assert "judged on other test images" in report.markdown
    assert report.figures == ()
