"""The champion's pointer: whole at any moment, checked when read, moved back by one command."""

import json
import shutil

import pytest
from champions_for_tests import fitted_champion

from flows import sealed_file
from flows.champion_store import (
    ChampionError,
    crown,
    entry_path,
    lineage,
    one_before,
    point_at,
    pointer_path,
    read_champion,
    read_history,
    retire,
    taken_back,
)
from flows.smoke_test import failure_of
from tasks.location import store_at


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_champion_is_read_back_as_it_was_crowned(store):
    new = crown(fitted_champion("a"))
    assert read_champion() == new
    assert read_history() == (new,)


def test_no_champion_yet_is_no_error(store):
    assert read_champion() is None


def test_each_champion_names_the_one_before_it(store):
    for n_train, name in ((100, "a"), (300, "b"), (900, "c")):
        crown(fitted_champion(name, n_train=n_train))
    assert [each.name for each in lineage(read_champion(), read_history())] == ["c", "b", "a"]


@pytest.mark.parametrize("write", range(3))
def test_killed_before_any_of_the_writes_leaves_the_old_or_the_new_champion_whole(
    write, store, monkeypatch
):
    """With a history that lacks the old champion there are three writes; each one is killed."""
    old = crown(fitted_champion("a", n_train=100))
    entry_path("a").unlink()
    real, count = sealed_file.write_atomically, [0]

    def write_until_killed(path, content):
        count[0] += 1
        if count[0] > write:
            raise Killed
        real(path, content)

    monkeypatch.setattr(sealed_file, "write_atomically", write_until_killed)
    with pytest.raises(Killed):
        crown(fitted_champion("b"))
    monkeypatch.undo()
    found = read_champion()
    assert found is not None
    assert found.name == ("b" if write == 2 else "a")
    crown(fitted_champion("c", n_train=500))
    assert lineage(read_champion(), read_history())[-1] == old


DAMAGES = {
    "truncated": lambda text: text[: len(text) // 2],
    "emptied": lambda _: b"",
    "one figure changed": lambda text: text.replace(b'"n_train": 1000', b'"n_train": 1001'),
    "no seal": lambda text: json.dumps(json.loads(text)["content"]).encode(),
    "a list": lambda _: b"[]",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_champion_is_a_plain_error_and_stays(damage, store):
    crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    changed = DAMAGES[damage](pointer_path().read_bytes())
    assert changed != pointer_path().read_bytes()
    pointer_path().write_bytes(changed)
    with pytest.raises(ChampionError, match="stays as it is"):
        read_champion()
    with pytest.raises(ChampionError):
        crown(fitted_champion("c", n_train=500))
    assert pointer_path().read_bytes() == changed
    with pytest.raises(ChampionError, match=r"rollback NAME`: b, a "):
        one_before()  # b may have been taken back by hand
    assert one_before("b").name == "b"


def test_a_damaged_pointer_does_not_bring_back_what_was_taken_back_and_is_kept(store):
    first = crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    point_at(one_before())
    pointer_path().write_bytes(b"garbage")
    with pytest.raises(ChampionError, match="cannot be known"):
        one_before()
    assert pointer_path().read_bytes() == b"garbage"
    point_at(one_before("a"))
    assert read_champion() == first
    assert [each.read_bytes() for each in (store / "damaged").iterdir()] == [b"garbage"]


def test_the_sole_whole_champion_needs_no_name(store):
    first = crown(fitted_champion("a"))
    pointer_path().write_bytes(b"")
    assert one_before() == first


def test_a_name_that_the_history_does_not_have_is_told_those_it_has(store):
    crown(fitted_champion("a"))
    with pytest.raises(ChampionError, match=r"Asked for the champion \.\./x.*: a "):
        one_before("../x")


def test_a_champion_whose_model_is_lost_is_a_plain_error(store):
    model = crown(fitted_champion("a")).fitted.model.path
    model.write_bytes(b"not a model")
    with pytest.raises(ChampionError, match="sha256"):
        read_champion()


def test_rollback_goes_one_back_and_the_model_taken_back_is_known(store):
    first = crown(fitted_champion("a", n_train=100))
    second = crown(fitted_champion("b"))
    point_at(one_before())
    assert read_champion() == first
    assert taken_back(first, read_history()) == {second.model_sha256}
    with pytest.raises(ChampionError, match="it is the first one"):
        one_before()
    third = crown(fitted_champion("c", n_train=500))
    assert third.previous == "a"
    assert taken_back(third, read_history()) == {second.model_sha256}


def test_retiring_begins_anew_and_takes_no_model_back(store):
    crown(fitted_champion("a", n_train=100))
    retire()
    assert read_champion() is None
    assert crown(fitted_champion("b")).previous is None
    assert taken_back(read_champion(), read_history()) == frozenset()


def test_retiring_a_damaged_champion_sets_it_aside(store):
    crown(fitted_champion("a"))
    pointer_path().write_bytes(b"garbage")
    kept = retire()
    assert kept is not None
    assert kept.read_bytes() == b"garbage"
    assert read_champion() is None


def test_a_model_that_answers_as_it_did_passes_in_a_fresh_process(store):
    crown(fitted_champion("a"))
    assert failure_of(pointer_path()) is None


def test_a_model_that_answers_otherwise_fails_the_smoke_test(store):
    """Its record holds the scores of another model."""
    good, other = fitted_champion("a"), fitted_champion("b", n_train=100)
    sealed_file.write_sealed(
        store / "swapped.json", good.model_copy(update={"fitted": other.fitted})
    )
    failure = failure_of(store / "swapped.json")
    assert failure is not None
    assert "not those it was judged by" in failure


def test_a_damaged_model_is_never_unpickled(store):
    champion = fitted_champion("a")
    sealed_file.write_sealed(store / "a.json", champion)
    path = champion.fitted.model.path
    path.write_bytes(path.read_bytes() + b".")
    failure = failure_of(store / "a.json")
    assert failure is not None
    assert "sha256" in failure
    assert "Traceback" not in failure


def test_a_model_of_another_scikit_learn_is_refused(store, monkeypatch):
    """The pickle holds the version of its maker, as scikit-learn writes it."""
    import sklearn.base

    monkeypatch.setattr(sklearn.base, "__version__", "0.24.2")
    sealed_file.write_sealed(store / "a.json", fitted_champion("a"))
    failure = failure_of(store / "a.json")
    assert failure is not None
    assert "made by scikit-learn 0.24.2" in failure


def test_a_store_that_was_moved_still_has_its_champion(store, tmp_path):
    """No record holds a path, so a copy of the store answers like the store."""
    crown(fitted_champion("a"))
    shutil.copytree(store, tmp_path / "copy")
    with store_at(tmp_path / "copy"):
        assert failure_of(pointer_path()) is None
