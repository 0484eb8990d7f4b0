"""Each data set has a champion of its own; what an earlier version kept for all is not lost."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store.sealed import write_sealed, write_sealed_lines
from tasks.champion.files import earlier_log, entry_path, log_path
from tasks.champion.log import standing_of, with_event, with_promotion, with_rollback
from tasks.champion.meant import dataset_meant, one_before
from tasks.champion.store import (
    ChampionError,
    crown,
    datasets,
    point_at,
    read_champion,
    read_history,
    read_standing,
    retire,
)
from tests.support.records.champions import fitted_champion
from tests.tasks.champion.test_store import Killed, kill_at

TIME = "2026-01-01T02:15:00+00:00"
MOVES = st.sampled_from(["promote", "rollback", "rollback to the first", "retire"])


def move(dataset, what, new):
    """Do to a data set's champion what is asked; `new` is the one that a promotion puts in."""
    try:
        if what == "promote":
            crown(new)
        elif what == "retire":
            retire(dataset)
        elif what == "rollback":
            point_at(one_before(dataset))
        elif history := read_history(dataset):
            point_at(history[0])
    except ChampionError:
        pass  # there is nothing to go back to


def after(sequence, some, store):
    """Return all that a store says of each data set after a sequence of moves."""
    shutil.rmtree(store / "champions", ignore_errors=True)
    n = dict.fromkeys("AB", 0)
    for dataset, what in sequence:
        n[dataset] += 1
        new = {"name": f"{dataset}{n[dataset]:02}", "dataset_name": dataset}
        move(dataset, what, some.model_copy(update=new))
    return {each: (read_standing(each), read_champion(each), read_history(each)) for each in "AB"}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(st.tuples(st.sampled_from("AB"), MOVES), max_size=9))
def test_what_is_done_on_one_data_set_is_nothing_to_another(sequence, store):
    some = fitted_champion("x", n_train=100)
    both = after(sequence, some, store)
    for each in "AB":
        alone = after([one for one in sequence if one[0] == each], some, store)
        assert both[each] == alone[each]


@pytest.fixture
def two(store):
    """A store with two champions on one data set and one on another."""
    crown(fitted_champion("a1", n_train=100, dataset="A"))
    crown(fitted_champion("a2", dataset="A"))
    crown(fitted_champion("b1", dataset="B"))


def test_the_data_set_that_is_meant_must_be_named_if_there_are_several(store):
    with pytest.raises(ChampionError, match="there is none yet"):
        dataset_meant(None)
    crown(fitted_champion("a", dataset="A"))
    assert dataset_meant(None) == dataset_meant("A") == "A"
    with pytest.raises(ChampionError, match=r"of the data set C .*only these.*: A\."):
        dataset_meant("C")
    crown(fitted_champion("b", dataset="B"))
    with pytest.raises(ChampionError, match=r": A, B\. Name one with --dataset"):
        dataset_meant(None)
    assert dataset_meant("B") == "B"


@pytest.mark.parametrize("is_lost", [True, False], ids=["lost", "damaged"])
def test_without_its_log_one_data_set_is_refused_and_the_other_goes_on(is_lost, store, two):
    log_path("A").unlink() if is_lost else log_path("A").write_bytes(b"garbage")
    with pytest.raises(ChampionError, match="retire --dataset A"):
        read_champion("A")
    assert crown(fitted_champion("b2", n_train=300, dataset="B")).previous == "b1"
    assert crown(fitted_champion("c1", n_train=300, dataset="C")).previous is None
    point_at(one_before("A", "a1"))
    assert [read_champion(each).name for each in "ABC"] == ["a1", "b2", "c1"]


@pytest.fixture
def earlier(store):
    """A store with one log: on A two champions and a rollback; retired; then two on B."""
    found = {
        name: fitted_champion(name, n_train=n, dataset=name[0])
        for name, n in (("A1", 100), ("A2", 200), ("B1", 300), ("B2", 400))
    }
    for name, before in (("A2", "A1"), ("B2", "B1")):
        found[name] = found[name].model_copy(update={"previous": before})
    log = with_event((), "begun", TIME)
    log = with_promotion(with_promotion(log, found["A1"], TIME), found["A2"], TIME)
    log = with_event(with_rollback(log, "A1", TIME), "retired", TIME)
    log = with_promotion(with_promotion(log, found["B1"], TIME), found["B2"], TIME)
    for each in found.values():
        write_sealed(entry_path(each.name), each)
    write_sealed_lines(earlier_log(), log)
    return found, standing_of(log)


def all_files(store):
    return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}


def test_a_store_with_one_log_for_all_keeps_its_champion_and_every_history(earlier, store):
    found, was = earlier
    before = all_files(store)
    assert datasets() == ("A", "B")
    assert read_standing("B") == was
    assert read_champion("B") == found["B2"]
    assert one_before("B") == found["B1"]
    assert read_champion("A") is None
    assert read_champion("C") is None
    assert read_history("A") == (found["A1"], found["A2"])
    assert all_files(store) == before

    assert crown(fitted_champion("A3", n_train=500, dataset="A")).previous is None
    assert not earlier_log().exists()
    assert read_champion("B") == found["B2"]
    assert read_standing("B").line == ("B2", "B1")
    assert [each.name for each in read_history("A")] == ["A1", "A2", "A3"]
    log_path("B").unlink()
    with pytest.raises(ChampionError, match=r"B\.jsonl is missing.*2 record"):
        read_champion("B")


@pytest.mark.parametrize("write", range(4))
def test_killed_while_the_one_log_is_divided_every_data_set_has_the_champion_it_had(
    write, earlier, store, monkeypatch
):
    """Written are the logs of B and of A, the new record, and the log of A again."""
    found, _ = earlier
    kill_at(write, monkeypatch)
    with pytest.raises(Killed):
        crown(fitted_champion("A3", n_train=500, dataset="A"))
    monkeypatch.undo()
    assert read_champion("A") is None
    assert read_champion("B") == found["B2"]
    assert crown(fitted_champion("A4", n_train=600, dataset="A")) == read_champion("A")
    assert read_champion("B") == found["B2"]
    assert not earlier_log().exists()


def test_a_damaged_log_for_all_is_refused_on_every_data_set_until_a_person_says(earlier, store):
    earlier_log().write_bytes(b"garbage")
    for each in ("A", "B"):
        with pytest.raises(ChampionError, match=f"retire --dataset {each}"):
            read_champion(each)
    kept = retire("A")
    assert kept.read_bytes() == b"garbage"
    assert read_champion("A") is None
    with pytest.raises(ChampionError, match=r"B\.jsonl is missing"):
        read_champion("B")
    point_at(one_before("B", "B2"))
    assert read_champion("B").name == "B2"
