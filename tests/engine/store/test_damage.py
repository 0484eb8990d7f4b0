"""Every kind of damage to every kind of file in a store: found before use, set aside, healed."""

import json
import os
import shutil
from contextlib import contextmanager
from uuid import UUID

import joblib
import numpy as np
import pytest

from engine.errors import DamagedFile
from engine.run import crashed as running
from engine.store.location import store_at
from engine.store.lock import _holder, only_run_in
from engine.store.objects import load_model, save_model
from engine.store.refs import file_sha256
from engine.store.runs import read_records, set_aside_damaged_records
from tasks.champion.files import entry_path, log_path
from tasks.champion.meant import one_before
from tasks.champion.store import ChampionError, crown, point_at, read_champion, read_history
from tests.engine.store.test_store import LeavesAMark
from tests.support.records.champions import DATASET, fitted_champion
from tests.support.records.nights import night, whole_night


def truncate(path, _):
    os.truncate(path, path.stat().st_size // 2)


def empty(path, _):
    os.truncate(path, 0)


def flip_one_bit(path, _):
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)


def fill_with_garbage(path, _):
    path.write_bytes(b"\x93garbage\xff" * 99)


def nest_deeply(path, _):
    """JSON that no reader can follow to its end."""
    path.write_bytes(b"[" * 100_000)


def swap(path, other):
    path.write_bytes(other.read_bytes())


def delete(path, _):
    path.unlink()


def make_unreadable(path, _):
    """Even root cannot read a folder as a file."""
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("still here")


DAMAGED = "damages of stored files, found and healed"
DAMAGES = (
    *(truncate, empty, flip_one_bit, fill_with_garbage, nest_deeply),
    *(swap, delete, make_unreadable),
)
DECODED = {
    "arrays": "objects/*/*.npy",
    "pictures": "objects/*/*.png",
    "models": "objects/*/*.joblib",
    "results": "results/*",
}


def objects(store):
    return {
        path.relative_to(store): file_sha256(path)
        for path in (store / "objects").rglob("*")
        if path.is_file()
    }


def set_aside_files(store):
    return [path for path in (store / "damaged").glob("*") if path.exists()]


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A store after one night, with two objects of each kind so that they can be swapped."""
    root = tmp_path_factory.mktemp("origin") / "store"
    with store_at(root):
        night(root, 0)
        night(root, 1)
    return root


@pytest.mark.parametrize("kind", DECODED)
def test_every_damage_to_what_is_computed_is_found_and_heals_to_the_same_digests(
    kind, origin, tmp_path, count
):
    tried = 0
    for damage in DAMAGES:
        copy = tmp_path / damage.__name__
        shutil.copytree(origin, copy)
        with store_at(copy) as store:
            before = objects(store)
            path, other = sorted(store.glob(DECODED[kind]))[:2]
            count(DAMAGED, tried=1)
            damage(path, other)
            damaged = path.read_bytes() if path.is_file() else None
            steps = [whole_night(store, seed) for seed in (0, 1)]
            said = [text for step in steps for text in step.said]
            computed = [label for step in steps for label in step.computed]
            is_lost_result = kind == "results" and damage is delete  # nothing is there to believe
            assert computed, (kind, damage)
            assert is_lost_result or any(path.name in text for text in said), (kind, damage, said)
            assert objects(store) == before
            if damaged is not None:
                kept = [aside for aside in set_aside_files(store) if path.name in aside.name]
                assert [each.read_bytes() for each in kept] == [damaged]
            assert night(store, 0) == night(store, 1) == []
        tried += 1
    count(DAMAGED, held=tried)


def test_every_damage_to_what_is_remembered_is_found_and_changes_no_result(origin, tmp_path, count):
    for damage in DAMAGES:
        copy = tmp_path / damage.__name__
        shutil.copytree(origin, copy)
        with store_at(copy) as store:
            path = store / "memory" / "augment.json"
            count(DAMAGED, tried=1)
            damage(path, store / "memory" / "fetch.json")
            step = whole_night(store, 1)
            assert step.computed == []
            assert any("augment.json" in text for text in step.said) == (damage is not delete)
            assert len(set_aside_files(store)) == (damage is not delete)
            assert whole_night(store, 1).said == []
    count(DAMAGED, held=len(DAMAGES))


def test_every_damage_to_a_runs_record_is_found_and_loses_no_result(origin, tmp_path, count):
    for damage in DAMAGES:
        copy = tmp_path / damage.__name__
        shutil.copytree(origin, copy)
        said = []
        with store_at(copy) as store:
            path, other = sorted((store / "runs").glob("*.json"))
            count(DAMAGED, tried=1)
            damage(path, other)
            assert len(read_records(store)[0]) == 1
            set_aside_damaged_records(store, say=said.append)
            assert [path.name in text for text in said] == [True] * (damage is not delete)
            assert not path.exists()
            assert night(store, 0) == night(store, 1) == []
    count(DAMAGED, held=len(DAMAGES))


def test_every_damage_to_the_champions_log_is_found(tmp_path, count):
    with two_champions(tmp_path / "origin") as root:
        records = sorted(path.read_bytes() for path in (root / "champions").glob("*.json"))
    for damage in DAMAGES:
        copy = tmp_path / damage.__name__
        shutil.copytree(root, copy)
        with store_at(copy) as store:
            count(DAMAGED, tried=1)
            damage(log_path(DATASET), entry_path("a"))
            with pytest.raises(ChampionError, match="stays as it is"):
                read_champion(DATASET)
            assert [each.name for each in read_history(DATASET)] == ["a", "b"]
            point_at(one_before(DATASET, "b"))
            assert read_champion(DATASET).name == "b"
            assert len(set_aside_files(store)) == (damage is not delete)
            assert sorted(p.read_bytes() for p in (store / "champions").glob("*.json")) == records
    count(DAMAGED, held=len(DAMAGES))


@pytest.mark.parametrize("name", ["a", "b"])
def test_every_damage_to_a_champions_record_is_found_and_the_other_stays_usable(
    name, tmp_path, count
):
    with two_champions(tmp_path / "origin") as root:
        pass
    other = {"a": "b", "b": "a"}[name]
    for damage in DAMAGES:
        copy = tmp_path / damage.__name__
        shutil.copytree(root, copy)
        with store_at(copy):
            count(DAMAGED, tried=1)
            damage(entry_path(name), entry_path(other))
            assert [each.name for each in read_history(DATASET)] == [other]
            if name == "b":  # it is in use
                with pytest.raises(ChampionError, match="stays as it is"):
                    read_champion(DATASET)
                point_at(one_before(DATASET))
            assert read_champion(DATASET).name == other
    count(DAMAGED, held=len(DAMAGES))


@contextmanager
def two_champions(root):
    """A store in which b followed a."""
    with store_at(root) as store:
        crown(fitted_champion("a", n_train=100))
        crown(fitted_champion("b", n_train=300))
        yield store


def test_no_damage_to_the_holders_note_keeps_the_next_run_out(tmp_path, count):
    """It is only read out to whoever waits, and every holder writes its own."""
    for damage in DAMAGES:
        with store_at(tmp_path / damage.__name__) as store:
            with only_run_in(store, say=print):
                pass
            path, other = store / "run.holder.json", store / "other.json"
            other.write_text("[]")
            count(DAMAGED, tried=1)
            damage(path, other)
            assert isinstance(_holder(store), str)
            with only_run_in(store, say=print):
                assert json.loads(path.read_text())["pid"] == os.getpid()
    count(DAMAGED, held=len(DAMAGES))


def test_a_model_swapped_for_a_payload_is_refused_and_fitted_anew(origin, tmp_path):
    """The payload would leave a mark, were a byte of it unpickled anywhere on the way."""
    shutil.copytree(origin, tmp_path / "store")
    with store_at(tmp_path / "store") as store:
        before = objects(store)
        for path in store.glob("objects/*/*.joblib"):
            joblib.dump(LeavesAMark(tmp_path / "mark"), path)
        computed = night(store, 0) + night(store, 1)
        assert computed == ["fit", "fit"]
        assert objects(store) == before
    assert not (tmp_path / "mark").exists()


def test_a_payload_under_the_name_of_its_own_digest_is_not_what_the_store_wrote(store, tmp_path):
    """Only a sealed result leads to a model, so a file that names itself rightly leads nowhere."""
    ref = save_model({"weights": np.arange(3)})
    planted = tmp_path / "planted"
    joblib.dump(LeavesAMark(tmp_path / "mark"), planted)
    digest = file_sha256(planted)
    folder = store / "objects" / digest[:2]
    folder.mkdir(exist_ok=True)
    shutil.copy(planted, folder / f"{digest}.joblib")
    shutil.copy(planted, ref.path)
    with pytest.raises(DamagedFile):
        load_model(ref)
    assert not (tmp_path / "mark").exists()


def test_no_damage_to_the_lock_of_a_dead_run_closes_another_or_stops_the_next(
    tmp_path, monkeypatch, count
):
    """The name alone says which run it is; what is in the file names only its process."""
    touched = []
    monkeypatch.setattr(running, "_close", lambda run, _: touched.append(run) or True)
    for damage in DAMAGES:
        touched.clear()
        with store_at(tmp_path / damage.__name__) as store:
            locks = store / "running"
            locks.mkdir(parents=True)
            for number in (1, 2):
                (locks / f"{UUID(int=number)}.lock").write_text("1")
            path, other = sorted(locks.glob("*.lock"))
            count(DAMAGED, tried=1)
            damage(path, other)
            other.unlink()
            running.close_dead_runs(store, say=print)
            assert set(touched) <= {UUID(int=1)}
    count(DAMAGED, held=len(DAMAGES))
