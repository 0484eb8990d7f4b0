"""Written whole or not at all, and nothing damaged is believed."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest
from pydantic import TypeAdapter

from engine.errors import DamagedFile, StoreError
from engine.store.files import set_aside, write_atomically
from engine.store.names import remove_unfinished
from engine.store.objects import load_array, load_model, save_array, save_bytes, save_model
from engine.store.refs import ArrayRef
from engine.store.sealed import SealedJSONSerializer
from tasks.data.records import LabelledImages
from tests.support.prefect_server import ROOT


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def flip_one_bit(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def fill_with_garbage(path):
    path.write_bytes(b"\x93garbage" * 99)


def swap_with_another(path):
    path.write_bytes(save_array(np.arange(99)).path.read_bytes())


def replace_by_a_folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = [
    truncate,
    empty,
    flip_one_bit,
    fill_with_garbage,
    swap_with_another,
    Path.unlink,
    replace_by_a_folder,
]


def test_an_array_comes_back_as_it_was_and_cannot_be_written(store):
    array = np.random.default_rng(0).integers(0, 256, (4, 5, 6), dtype=np.uint8)
    ref = save_array(array)
    found = load_array(ref)
    np.testing.assert_array_equal(found, array)
    assert (ref.shape, ref.dtype) == ((4, 5, 6), "uint8")
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0, 0] = 1


def change_in_place_with_its_time_put_back(path):
    before = path.stat()
    flip_one_bit(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_changed_in_place_with_its_time_put_back_is_found_by_the_next_process(store):
    """The process that has already checked it does not look again: size and time are the same."""
    ref = save_array(np.arange(1000))
    load_array(ref)
    change_in_place_with_its_time_put_back(ref.path)
    load_array(ref)
    program = (
        "import sys; from pathlib import Path\n"
        "from engine.store.location import store_at; from engine.store.refs import ArrayRef\n"
        "with store_at(Path(sys.argv[1])): ArrayRef.model_validate_json(sys.argv[2])\n"
    )
    command = [sys.executable, "-c", program, str(store), ref.model_dump_json()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DamagedFile" in done.stderr


def test_equal_content_is_stored_once(store):
    assert save_array(np.arange(5)) == save_array(np.arange(5))
    assert len([p for p in store.rglob("*") if p.is_file()]) == 1


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_every_kind_of_damage_to_an_array_is_found_before_use(store, damage):
    ref = save_array(np.arange(1000))
    text = ref.model_dump_json()
    damage(ref.path)
    with pytest.raises(DamagedFile) as caught:
        load_array(ref)
    assert caught.value.path == ref.path
    with pytest.raises(DamagedFile):
        ArrayRef.model_validate_json(text)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_a_damaged_model_is_refused(store, damage):
    ref = save_model({"weights": np.arange(1000)})
    damage(ref.path)
    with pytest.raises(DamagedFile, match="was not opened"):
        load_model(ref)


class LeavesAMark:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def test_a_planted_pickle_is_refused_before_a_byte_of_it_is_unpickled(store, tmp_path):
    mark = tmp_path / "mark"
    ref = save_model({"weights": 1})
    with ref.path.open("wb") as file:
        joblib.dump(LeavesAMark(mark), file)
    with pytest.raises(DamagedFile):
        load_model(ref)
    assert not mark.exists()
    pickle.loads(pickle.dumps(LeavesAMark(mark)))  # noqa: S301 - the payload does work
    assert mark.exists()


def test_what_is_saved_again_heals_a_damaged_file(store):
    ref = save_array(np.arange(10))
    fill_with_garbage(ref.path)
    assert save_array(np.arange(10)) == ref
    np.testing.assert_array_equal(load_array(ref), np.arange(10))


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "facts.json"
    write_atomically(target, lambda file: file.write(b"old"))

    def fails(file):
        file.write(b"half of the n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, fails)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_store_that_cannot_be_written_is_a_plain_error(store):
    store.parent.mkdir(exist_ok=True)
    store.write_text("a file where the store should be")
    with pytest.raises(StoreError, match="--store-dir"):
        save_bytes(b"content", ".png")


def test_unfinished_files_of_a_killed_writer_are_removed_and_others_stay(store):
    ref = save_array(np.arange(3))
    (store / "objects" / ".writing-a1b2c3d4.npy").write_bytes(b"half")
    assert remove_unfinished(store) == 1
    assert [p for p in store.rglob("*") if p.is_file()] == [ref.path]


def test_an_unfinished_file_that_another_process_still_writes_stays(store):
    """A worker of a killed run may still be at work; the kernel frees its lock when it ends."""
    path = store / "objects" / ".writing-a1b2c3d4.npy"
    path.parent.mkdir(parents=True)
    hold = "import fcntl, sys, time; file = open(sys.argv[1], 'xb'); fcntl.flock(file, 2)"
    writer = subprocess.Popen(
        [sys.executable, "-c", f"{hold}; print('held', flush=True); time.sleep(600)", path],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout.readline() == b"held\n"
    assert remove_unfinished(store) == 0
    writer.kill()
    writer.wait()
    assert remove_unfinished(store) == 1


def test_the_files_of_the_store_are_locked_until_they_have_their_name(store):
    seen = []

    def write(file):
        file.write(b"content")
        seen.append(remove_unfinished(store))

    write_atomically(store / "memory" / "a.json", write)
    assert seen == [0]
    assert (store / "memory" / "a.json").read_bytes() == b"content"


def test_what_is_set_aside_can_still_be_looked_at(store):
    ref = save_array(np.arange(3))
    content = ref.path.read_bytes()
    kept = set_aside(ref.path)
    assert kept is not None
    assert kept.read_bytes() == content
    assert not ref.path.exists()
    assert set_aside(ref.path) is None


def test_a_record_survives_the_way_through_prefects_json(store):
    record = LabelledImages(images=save_array(np.zeros((2, 3, 3))), labels=save_array(np.arange(2)))
    serializer = SealedJSONSerializer()
    assert serializer.loads(serializer.dumps(record)) == record
    adapter = TypeAdapter(LabelledImages)
    assert adapter.validate_json(adapter.dump_json(record)) == record


def test_one_flipped_bit_anywhere_in_a_sealed_result_is_refused():
    serializer = SealedJSONSerializer()
    blob = serializer.dumps({"accuracy": 0.9803})
    for i in range(len(blob)):
        flipped = bytearray(blob)
        flipped[i] ^= 1
        with pytest.raises(DamagedFile):
            serializer.loads(bytes(flipped))


def test_a_model_of_a_module_that_has_moved_is_refused_in_plain_words(store, monkeypatch):
    """As the models of version 1.0 are, which were fitted before the folders were laid anew."""
    moved = ModuleType("tasks.of_an_earlier_version")
    exec("class Model:\n    pass", moved.__dict__)  # noqa: S102 - it must say it is of that module
    monkeypatch.setitem(sys.modules, moved.__name__, moved)
    ref = save_model(moved.Model())
    assert isinstance(load_model(ref), moved.Model)
    monkeypatch.delitem(sys.modules, moved.__name__)
    with pytest.raises(StoreError, match="made by an earlier version"):
        load_model(ref)
    assert ref.path.is_file()


@pytest.mark.parametrize("result", [{"a": 1.5, "b": [None, "é"]}, [], "text", 0.1])
def test_a_result_that_an_earlier_version_sealed_is_read_and_its_damage_found(result):
    """It put the digest before the text; today it is a field beside the content."""
    text = json.dumps(result).encode()
    earlier = hashlib.sha256(text).hexdigest().encode() + text
    serializer = SealedJSONSerializer()
    assert serializer.loads(earlier) == result
    assert serializer.loads(serializer.dumps(result)) == result
    with pytest.raises(DamagedFile):
        serializer.loads(earlier[:-1] + b" ")
