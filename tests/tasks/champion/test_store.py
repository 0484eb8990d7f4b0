"""The champion's log: whole at any moment, checked when read, moved back by one command."""

import json
import shutil

import pytest

from engine.store import sealed as sealed_file
from engine.store.location import store_at
from tasks.champion.files import earlier_pointer, entry_path, log_path
from tasks.champion.meant import one_before
from tasks.champion.smoke_test import failure_of
from tasks.champion.store import (
    ChampionError,
    crown,
    point_at,
    read_champion,
    read_history,
    read_standing,
    retire,
)
from tests.support.records.champions import DATASET, failure_here, fitted_champion


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_champion_is_read_back_as_it_was_crowned(store):
    new = crown(fitted_champion("a"))
    assert read_champion(DATASET) == new
    assert read_history(DATASET) == (new,)


def test_no_champion_yet_is_no_error(store):
    assert read_champion(DATASET) is None


def test_each_champion_names_the_one_before_it(store):
    for n_train, name in ((100, "a"), (300, "b"), (900, "c")):
        crown(fitted_champion(name, n_train=n_train))
    assert read_standing(DATASET).line == ("c", "b", "a")
    assert [each.previous for each in read_history(DATASET)] == [None, "a", "b"]


@pytest.mark.parametrize("write", range(2))
def test_killed_before_any_of_the_writes_leaves_the_old_champion_whole(write, store, monkeypatch):
    """A promotion writes the record and then the log; each write in turn is killed."""
    old = crown(fitted_champion("a", n_train=100))
    kill_at(write, monkeypatch)
    with pytest.raises(Killed):
        crown(fitted_champion("b"))
    monkeypatch.undo()
    assert read_champion(DATASET) == old
    assert read_history(DATASET) == (old,)
    assert crown(fitted_champion("c", n_train=500)).previous == "a"


@pytest.mark.parametrize("write", range(3))
def test_killed_while_the_first_champion_is_written_the_store_is_still_a_new_one(
    write, store, monkeypatch
):
    """A record without a log would be taken for a log that was lost."""
    kill_at(write, monkeypatch)
    with pytest.raises(Killed):
        crown(fitted_champion("a", n_train=100))
    monkeypatch.undo()
    assert read_champion(DATASET) is None
    assert crown(fitted_champion("b")) == read_champion(DATASET)


def kill_at(write, monkeypatch):
    """Let so many writes succeed; at the next one the process ends."""
    real, count = sealed_file.write_atomically, [0]

    def write_until_killed(path, content):
        count[0] += 1
        if count[0] > write:
            raise Killed
        real(path, content)

    monkeypatch.setattr(sealed_file, "write_atomically", write_until_killed)


DAMAGES = {
    "truncated": lambda text: text[: len(text) // 2],
    "its last line cut short": lambda text: text[:-9],
    "its last line without an end": lambda text: text[:-1],
    "emptied": lambda _: b"",
    "one name changed": lambda text: text.replace(b'"name": "a"', b'"name": "b"'),
    "a line taken out": lambda text: b"".join(text.splitlines(keepends=True)[::2]),
    "two lines swapped": lambda text: b"".join(text.splitlines(keepends=True)[::-1]),
    "no seals": lambda text: b"".join(
        json.dumps(json.loads(line)["content"]).encode() + b"\n" for line in text.splitlines()
    ),
    "a list": lambda _: b"[]\n",
    "nested without end": lambda _: b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_log_is_a_plain_error_and_stays(damage, store):
    crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    changed = DAMAGES[damage](log_path(DATASET).read_bytes())
    assert changed != log_path(DATASET).read_bytes()
    log_path(DATASET).write_bytes(changed)
    with pytest.raises(ChampionError, match="stays as it is"):
        read_champion(DATASET)
    with pytest.raises(ChampionError):
        crown(fitted_champion("c", n_train=500))
    assert log_path(DATASET).read_bytes() == changed
    with pytest.raises(ChampionError, match=r"rollback NAME`: b, a "):
        one_before(DATASET)  # b may have been taken back by hand
    assert one_before(DATASET, "b").name == "b"


def test_a_damaged_record_of_the_present_champion_is_a_plain_error_and_the_log_leads_back(store):
    first = crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    entry_path("b").write_bytes(entry_path("b").read_bytes().replace(b"1000", b"1001", 1))
    with pytest.raises(ChampionError, match="stays as it is"):
        read_champion(DATASET)
    with pytest.raises(ChampionError):
        crown(fitted_champion("c", n_train=500))
    assert one_before(DATASET) == first
    point_at(first)
    assert read_champion(DATASET) == first


@pytest.mark.counted("a lost champion told, not taken for a new beginning")
@pytest.mark.parametrize("is_earlier", [False, True], ids=["log", "pointer of an earlier version"])
def test_a_lost_champion_is_told_and_is_not_a_new_beginning(is_earlier, store):
    """The file that says who is in use is gone; the records of those there were are whole."""
    first = crown(fitted_champion("a", n_train=100))
    second = crown(fitted_champion("b"))
    if is_earlier:
        make_earlier()
        earlier_pointer().unlink()
    else:
        log_path(DATASET).unlink()
    with pytest.raises(ChampionError, match=r"digits\.jsonl is missing.*2 record.*retire"):
        read_champion(DATASET)
    with pytest.raises(ChampionError):
        crown(fitted_champion("c", n_train=500))
    assert not log_path(DATASET).exists()
    with pytest.raises(ChampionError, match=r"is missing.*rollback NAME`: b, a "):
        one_before(DATASET)
    point_at(one_before(DATASET, "a"))
    assert read_champion(DATASET) == first
    assert read_standing(DATASET).models_taken_back == {second.model_sha256}
    point_at(one_before(DATASET, "b"))
    assert read_champion(DATASET) == second
    assert read_standing(DATASET).models_taken_back == frozenset()


@pytest.mark.counted("a lost champion told, not taken for a new beginning")
def test_retiring_says_that_there_is_none_whether_the_log_was_whole_or_lost(store):
    crown(fitted_champion("a", n_train=100))
    log_path(DATASET).unlink()
    assert retire(DATASET) is None
    assert read_champion(DATASET) is None
    assert crown(fitted_champion("b")).previous is None
    retire(DATASET)
    assert read_champion(DATASET) is None


def make_earlier():
    """Turn the store in use into what an earlier version would have written."""
    sealed_file.write_sealed(earlier_pointer(), read_champion(DATASET))
    log_path(DATASET).unlink()


def test_a_store_of_an_earlier_version_is_read_as_it_is_and_gets_a_log_at_the_next_promotion(store):
    """There b followed a and was rolled back, c followed a, and d stood alone and was retired."""
    crown(fitted_champion("d", n_train=800))
    retire(DATASET)
    first = crown(fitted_champion("a", n_train=100))
    second = crown(fitted_champion("b", n_train=300))
    point_at(first)
    third = crown(fitted_champion("c", n_train=500))
    was = read_standing(DATASET)
    make_earlier()
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    assert read_champion(DATASET) == third
    now = read_standing(DATASET)
    assert now.line == was.line == ("c", "a")
    assert now.taken_back == was.taken_back == {"b"}
    assert now.models_taken_back == {second.model_sha256}
    assert one_before(DATASET) == first
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    entry_path("c").unlink()  # an earlier version wrote it after the pointer: a kill left it out
    crown(fitted_champion("e", n_train=900))
    assert not earlier_pointer().exists()
    assert read_standing(DATASET).line == ("e", "c", "a")
    assert one_before(DATASET) == third


def test_the_order_of_champions_is_that_of_the_log_whatever_their_names_say(store):
    """Names begin with the time of the run; the clock was years ahead for the first."""
    for n_train, name in ((100, "2031-01-01"), (300, "2026-01-01"), (900, "2026-01-02")):
        crown(fitted_champion(name, n_train=n_train))
    assert [each.name[:4] for each in read_history(DATASET)] == ["2031", "2026", "2026"]
    point_at(one_before(DATASET))
    assert one_before(DATASET).name == "2031-01-01"


def test_a_model_taken_back_is_known_even_when_its_record_is_gone(store):
    first = crown(fitted_champion("a", n_train=100))
    second = crown(fitted_champion("b"))
    point_at(first)
    entry_path("b").unlink()
    assert read_standing(DATASET).models_taken_back == {second.model_sha256}


def test_going_back_to_a_retired_champion_takes_the_present_one_back(store):
    first = crown(fitted_champion("a", n_train=100))
    retire(DATASET)
    second = crown(fitted_champion("b"))
    point_at(first)
    assert read_standing(DATASET).models_taken_back == {second.model_sha256}


def test_a_damaged_log_does_not_bring_back_what_was_taken_back_and_is_kept(store):
    first = crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    point_at(one_before(DATASET))
    log_path(DATASET).write_bytes(b"garbage")
    with pytest.raises(ChampionError, match="cannot be known"):
        one_before(DATASET)
    assert log_path(DATASET).read_bytes() == b"garbage"
    point_at(one_before(DATASET, "a"))
    assert read_champion(DATASET) == first
    assert [each.read_bytes() for each in (store / "damaged").iterdir()] == [b"garbage"]


def test_the_sole_whole_champion_needs_no_name(store):
    first = crown(fitted_champion("a"))
    log_path(DATASET).write_bytes(b"")
    assert one_before(DATASET) == first


def test_a_name_that_the_history_does_not_have_is_told_those_it_has(store):
    crown(fitted_champion("a"))
    with pytest.raises(ChampionError, match=r"Asked for the champion \.\./x.*: a "):
        one_before(DATASET, "../x")


def test_a_champion_whose_model_is_lost_is_a_plain_error(store):
    model = crown(fitted_champion("a")).fitted.model.path
    model.write_bytes(b"not a model")
    with pytest.raises(ChampionError, match="sha256"):
        read_champion(DATASET)


def test_rollback_goes_one_back_and_the_model_taken_back_is_known(store):
    first = crown(fitted_champion("a", n_train=100))
    second = crown(fitted_champion("b"))
    point_at(one_before(DATASET))
    assert read_champion(DATASET) == first
    assert read_standing(DATASET).models_taken_back == {second.model_sha256}
    with pytest.raises(ChampionError, match="it is the first one"):
        one_before(DATASET)
    third = crown(fitted_champion("c", n_train=500))
    assert third.previous == "a"
    assert read_standing(DATASET).models_taken_back == {second.model_sha256}


def test_retiring_begins_anew_and_takes_no_model_back(store):
    crown(fitted_champion("a", n_train=100))
    retire(DATASET)
    assert read_champion(DATASET) is None
    assert crown(fitted_champion("b")).previous is None
    assert read_standing(DATASET).models_taken_back == frozenset()


def test_what_was_rolled_back_before_a_retirement_may_come_back(store):
    first = crown(fitted_champion("a", n_train=100))
    crown(fitted_champion("b"))
    point_at(first)
    retire(DATASET)
    assert read_standing(DATASET).models_taken_back == frozenset()


def test_retiring_a_damaged_champion_sets_it_aside(store):
    crown(fitted_champion("a"))
    log_path(DATASET).write_bytes(b"garbage")
    kept = retire(DATASET)
    assert kept is not None
    assert kept.read_bytes() == b"garbage"
    assert read_champion(DATASET) is None


def test_a_model_that_answers_as_it_did_passes_in_a_fresh_process(store):
    crown(fitted_champion("a"))
    assert failure_of(entry_path("a")) is None


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
    failure = failure_here(store / "a.json")
    assert failure is not None
    assert "sha256" in failure
    assert "Traceback" not in failure


def test_a_model_of_another_scikit_learn_is_refused(store, monkeypatch):
    """The pickle holds the version of its maker, as scikit-learn writes it."""
    import sklearn.base

    with monkeypatch.context() as patch:
        patch.setattr(sklearn.base, "__version__", "0.24.2")
        sealed_file.write_sealed(store / "a.json", fitted_champion("a"))
    failure = failure_here(store / "a.json")
    assert failure is not None
    assert "made by scikit-learn 0.24.2" in failure


def test_a_store_that_was_moved_still_has_its_champion(store, tmp_path):
    """No record holds a path, so a copy of the store answers like the store."""
    crown(fitted_champion("a"))
    shutil.copytree(store, tmp_path / "copy")
    with store_at(tmp_path / "copy"):
        assert failure_here(entry_path("a")) is None
