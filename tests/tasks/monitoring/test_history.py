"""The nights: kept whole, joined where they found the same, and told apart in plain words."""

import json
from types import SimpleNamespace

import pytest

from artifacts.figures.history import nights_costs_figure, nights_scores_figure
from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.reports.monitoring.history import history_report
from engine.store.sealed import write_sealed
from flows.stages.monitoring import History, keep_entry, points_with, read_history
from tasks.monitoring.history import differences, points, stretches
from tasks.monitoring.records import HistoryEntry, NightFigures
from tests.artifacts.test_figures import drawn
from tests.artifacts.test_reports import plain
from tests.support.records.scores import score

FIGURES = NightFigures(
    dataset_name="mnist_784",
    title="SGD",
    n_train=1000,
    accuracy=score(0.98),
    macro_precision=score(0.975),
    macro_recall=score(0.979),
    digit=5,
    target_precision=0.9,
    threshold=1.25,
    recall=0.48,
    fit_seconds=12.0,
    peak_memory_bytes=10**9,
)


def a_night(day, *, champion="a", outcome="statistically tied, champion kept", **changed):
    """The run of one day; keywords of figures or of the entry change it."""
    figures = {
        name: changed.pop(name) for name in list(changed) if name in NightFigures.model_fields
    }
    facts = {
        "name": f"2026-01-{day:02}",
        "run_id": "0",
        "time": f"2026-01-{day:02}T02:15:00+01:00",
        "figures": FIGURES.model_copy(update=figures),
        "goal": 0.97,
        "verdict": "met",
        "outcome": outcome,
        "champion": champion,
        "content_sha256": "c" * 64,
        "model_sha256": "d" * 64,
        "prediction_sha256": "e" * 64,
        "knobs": {"seed": 42, "store_dir": "data"},
        "code": {"tasks.models.folds": "1", "tasks.models.kernel_sgd.hog": "1"},
        "code_revision": "f" * 40,
        "libraries": {"python": "3.11.9", "numpy": "2.0.0"},
        "n_steps": 31,
        "n_reused": 31,
    }
    return HistoryEntry(**(facts | changed))


def test_what_is_kept_is_read_back_oldest_first(store):
    nights = (a_night(1), a_night(2, accuracy=score(0.99)))
    for night in reversed(nights):
        keep_entry(night)
    assert read_history(("mnist_784",)) == History(nights, 0)


def test_the_last_night_is_the_last_one_written_whatever_the_clock_said(store):
    """The clock was years ahead once; that night had no number yet, or had one."""
    ahead = {"name": "2031-01-01", "time": "2031-01-01T02:15:00+01:00"}
    for night in (a_night(1, **ahead), a_night(2, number=1), a_night(3, number=2)):
        keep_entry(night)
    assert [each.name for each in read_history(("mnist_784",)).entries] == [
        "2031-01-01",
        "2026-01-02",
        "2026-01-03",
    ]


def test_however_many_runs_are_on_another_data_set_the_nights_of_each_are_read(store, monkeypatch):
    """The nights of one set, told by the other set's figures, push no night of the first out."""
    monkeypatch.setattr("flows.stages.monitoring.MOST_NIGHTS", 2)
    nights = [a_night(day) for day in (1, 2, 3)]
    others = [a_night(day, dataset_name="digits") for day in range(4, 20)]
    for night in (*nights, *others):
        keep_entry(night)
    assert read_history(("mnist_784",)).entries == tuple(nights[1:])
    assert read_history(("digits",)).entries == tuple(others[-2:])
    assert read_history(("784",)).entries == ()


def test_nights_of_an_earlier_version_are_told_apart_by_what_is_in_them(store):
    """Their files are named by the time and the run alone."""
    old, other, new = a_night(1), a_night(2, dataset_name="digits"), a_night(3)
    for night in (old, other):
        write_sealed(store / "history" / f"{night.name}.json", night)
    keep_entry(new)
    assert read_history(("mnist_784",)).of("mnist_784") == (old, new)
    assert read_history(("digits",)).of("digits") == (other,)


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b'{"seal": "x", "content": {}}'])
def test_a_damaged_night_is_left_out_and_counted(content, store):
    for day in (1, 2, 3):
        keep_entry(a_night(day))
    (store / "history" / "2026-01-02+mnist_784.json").write_bytes(content)
    kept = read_history(("mnist_784",))
    entries, n_damaged = kept.entries, kept.n_damaged
    assert [each.name for each in entries] == ["2026-01-01", "2026-01-03"]
    assert n_damaged == 1


def test_a_changed_figure_of_a_kept_night_is_not_believed(store):
    keep_entry(a_night(1))
    path = store / "history" / "2026-01-01+mnist_784.json"
    kept = json.loads(path.read_text())
    kept["content"]["figures"]["accuracy"]["value"] = 0.999
    path.write_text(json.dumps(kept))
    assert read_history(("mnist_784",)) == History((), 1)


def test_nights_that_found_the_same_are_one_stretch_and_are_counted():
    nights = [a_night(day) for day in (1, 2, 3)]
    nights += [a_night(4, accuracy=score(0.985)), a_night(5)]
    found = stretches(tuple(nights))
    assert [each.n_runs for each in found] == [3, 1, 1]
    assert (found[0].first[:10], found[0].last[:10]) == ("2026-01-01", "2026-01-03")


def test_an_equal_night_more_moves_nothing_that_is_drawn():
    """Or a night without news would draw its plot again."""
    nights = (a_night(1), a_night(2, accuracy=score(0.985)))
    assert points(stretches(nights)) == points(
        stretches((*nights, a_night(3, accuracy=score(0.985))))
    )


def test_a_promotion_is_marked_once_and_a_rollback_is_none():
    """The third night found the champion of a run that was killed before its record."""
    names = ("a", "a", "b", "b", "a", "c")
    nights = [
        a_night(day, champion=name, accuracy=score(0.9 + day / 1000))
        for day, name in enumerate(names, start=1)
    ]
    assert [each.has_new_champion for each in stretches(tuple(nights))] == [
        True, False, True, False, False, True,
    ]  # fmt: skip


def test_nothing_that_changed_is_said_so():
    assert differences(a_night(1), a_night(2)).is_empty
    moved = a_night(2, knobs={"seed": 42, "store_dir": "elsewhere"})
    assert differences(a_night(1), moved).is_empty


def test_each_kind_of_change_is_named():
    now = a_night(
        2,
        n_train=1100,
        content_sha256="9" * 64,
        knobs={"seed": 7, "store_dir": "data"},
        code={"tasks.models.folds": "2", "tasks.models.kernel_sgd.hog": "1"},
        libraries={"python": "3.12.1", "numpy": "2.0.0"},
        accuracy=score(0.985),
        threshold=1.5,
        recall=0.5,
    )
    found = differences(a_night(1), now)
    assert found.inputs == ("100 training images more, now 1,100", "--seed 42 -> 7")
    assert found.code == ("tasks.models.folds",)
    assert found.libraries == ("python 3.11.9 -> 3.12.1",)
    assert found.scores == (
        "accuracy 98.00% -> 98.50%",
        "the threshold for a 5 1.25 -> 1.5, its recall 48.0% -> 50.0%",
    )


def test_other_predictions_with_the_same_scores_are_a_change():
    found = differences(a_night(1), a_night(2, prediction_sha256="0" * 64))
    assert found.scores == ("some test images are classified otherwise, with the same scores",)


def test_the_report_says_what_changed_and_sets_the_nights_in_a_table():
    nights = (
        a_night(1, outcome="first champion"),
        a_night(2),
        a_night(3, champion="b", outcome="promoted", accuracy=score(0.985)),
    )
    text = plain(
        history_report(
            stretches(nights),
            differences(nights[1], nights[2]),
            since=nights[1].time,
            revisions=("a" * 40, "a" * 40),
            n_damaged=1,
        )
    )
    assert "What changed since the last run, 2026-01-02 02:15" in text
    assert "- scores: accuracy 98.00% -> 98.50%" in text
    assert "- libraries: as before" in text
    assert "2026-01-01 02:15, 2 runs | first champion |" in text
    assert "2026-01-03 02:15 | **promoted** | SGD | 1,000 | 98.50 % (97.50 % to 99.50 %)" in text
    assert "1 records that are damaged" in text
    assert text.index("2026-01-03 02:15 |") < text.index("2026-01-01 02:15, 2 runs")


def test_the_first_night_has_nothing_before_it():
    text = history_report(stretches((a_night(1),)), None, since=None, revisions=("", ""))
    assert "first run on this data set" in text


def test_every_night_is_drawn_with_its_scores_and_every_promotion_marked():
    nights = [
        a_night(day, champion="a" if day < 3 else "b", accuracy=score(0.9 + day / 1000))
        for day in (1, 2, 3)
    ]
    drawn_points = points(stretches(tuple(nights)))
    figure = nights_scores_figure(drawn_points)
    assert list(drawn(figure, "nights-accuracy").get_ydata()) == [
        each.figures.accuracy.value for each in nights
    ]
    marks = figure.findobj(lambda artist: artist.get_gid() == "promotion")
    assert [mark.get_xdata()[0] for mark in marks] == [0, 2]
    costs = nights_costs_figure(drawn_points)
    assert list(drawn(costs, "nights-threshold").get_ydata()) == [1.25] * 3


@pytest.mark.parametrize("n", [2, 60])
def test_few_and_many_nights_fit_into_a_small_picture(n):
    nights = points(
        tuple(
            each
            for day in range(n)
            for each in stretches((a_night(day % 28 + 1, accuracy=score(0.9 + day / 1000)),))
        )
    )
    for draw in (nights_scores_figure, nights_costs_figure):
        assert len(figure_png(draw(nights))) <= MAX_PICTURE_BYTES


def promotion_of(entry):
    """What a run of this entry meant for the champion."""
    in_use = SimpleNamespace(name=entry.champion) if entry.champion else None
    return SimpleNamespace(in_use=in_use, challenger=SimpleNamespace(time=entry.time))


def test_the_nights_drawn_are_those_of_the_entries_with_this_runs_own():
    nights = (
        a_night(1, champion="a"),
        a_night(2, champion="a"),
        a_night(3, champion="b", accuracy=score(0.985)),
        a_night(4, champion="c", accuracy=score(0.985)),
    )
    for n in range(1, len(nights) + 1):
        *before, now = nights[:n]
        found = points_with(History(tuple(before), 0), now.figures, promotion_of(now))
        assert found == points(stretches(nights[:n]))


def test_nights_of_another_data_set_are_not_drawn():
    figures = FIGURES.model_copy(update={"dataset_name": "another"})
    found = points_with(History((a_night(1),), 0), figures, promotion_of(a_night(2)))
    assert [each.figures for each in found] == [figures]
