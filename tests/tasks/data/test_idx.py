"""IDX files: what was written comes back, and each kind of damage is told in plain words."""

import gzip
import hashlib
import os
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from flows.config import RunConfig
from tasks.data import idx
from tasks.data.idx import (
    PUBLISHED_NAMES,
    find_files,
    read_folder,
    read_idx,
    read_labels,
    read_shape,
    write_idx,
)
from tasks.errors import DataError
from tests.support.small_sets import small_content, write_folder

# of the decompressed files, as published
MD5 = (
    "6bbc9ace898e44ae57da46a324031adb",
    "a25bea736e30d166cdddb491f175f624",
    "2646ac647ad5339dbf082846283269ea",
    "27ae3e4e09519cfbb04c329615203637",
)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4)), st.sampled_from(["", ".gz"]))
def test_an_array_written_and_read_is_the_same_array(tmp_path_factory, array, end):
    path = tmp_path_factory.mktemp("idx") / f"a{end}"
    write_idx(path, array)
    np.testing.assert_array_equal(read_idx(path, n_dimensions=array.ndim), array)
    assert read_shape(path, n_dimensions=array.ndim) == array.shape


def test_a_hand_made_file_is_read_as_the_format_says(tmp_path):
    path = tmp_path / "two-images"
    path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    assert read_idx(path, n_dimensions=3).tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


def test_the_published_files_come_back_byte_for_byte(mnist, tmp_path):
    """What is read from MNIST and written again has the md5 sums that were published."""
    for array, md5 in zip(mnist, MD5, strict=True):
        write_idx(tmp_path / "again", array)
        found = hashlib.md5((tmp_path / "again").read_bytes(), usedforsecurity=False)
        assert found.hexdigest() == md5


def test_the_same_array_is_always_zipped_to_the_same_bytes(tmp_path):
    for name in ("one.gz", "other.gz"):
        write_idx(tmp_path / name, np.arange(9, dtype=np.uint8))
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
def test_a_folder_is_read_whatever_its_files_are_called(tmp_path, end, mark):
    content = small_content()
    found = read_folder(write_folder(tmp_path, content, end=end, mark=mark))
    for array, expected in zip(found, content, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"data folder .*/nowhere; found nothing at that path"):
        find_files(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "mnist.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"data folder .*/mnist.zip; found a file"):
        find_files(tmp_path / "mnist.zip")


def test_every_missing_file_is_named(tmp_path):
    write_folder(tmp_path, small_content())
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    (tmp_path / "t10k-images-idx3-ubyte.gz").unlink()
    found = "did not find train-labels-idx1-ubyte, t10k-images-idx3-ubyte "
    with pytest.raises(DataError, match=found):
        find_files(tmp_path)


@pytest.fixture
def zipped(tmp_path):
    """A gzipped IDX file of 40 images of 6 x 5 pixels."""
    path = tmp_path / PUBLISHED_NAMES[0]
    path = path.with_name(path.name + ".gz")
    write_idx(path, np.arange(1200, dtype=np.uint32).astype(np.uint8).reshape(40, 6, 5))
    return path


def test_a_file_that_is_not_gzip_though_its_name_says_so_is_told(zipped):
    zipped.write_bytes(b"<!doctype html>")
    with pytest.raises(DataError, match=r"ends in .gz but it is not gzip .*begins with b'<!'"):
        read_idx(zipped, n_dimensions=3)


def test_a_truncated_gzip_file_is_told_wherever_it_ends(zipped):
    whole = zipped.read_bytes()
    for length in range(2, len(whole)):
        zipped.write_bytes(whole[:length])
        with pytest.raises(DataError, match="it is truncated"):
            read_idx(zipped, n_dimensions=3)


def test_a_flipped_bit_in_a_gzip_file_never_passes(zipped):
    """Any bit of the body or its checksum; the ten bytes before only hold time and system."""
    whole = zipped.read_bytes()
    for place in range(10, len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        zipped.write_bytes(flipped)
        with pytest.raises(DataError, match=r"Read .*: "):
            read_idx(zipped, n_dimensions=3)


def test_an_empty_file_is_told(tmp_path):
    for name in ("empty", "empty.gz"):
        (tmp_path / name).touch()
        with pytest.raises(DataError, match="an empty file"):
            read_idx(tmp_path / name, n_dimensions=1)


def test_labels_in_place_of_images_have_the_wrong_magic_number(tmp_path):
    write_idx(tmp_path / "labels", np.zeros(4, np.uint8))
    with pytest.raises(DataError, match=r"magic number 00000803 .*found 00000801"):
        read_idx(tmp_path / "labels", n_dimensions=3)


def test_a_gzipped_file_without_the_ending_is_given_a_hint(zipped, tmp_path):
    zipped.rename(tmp_path / "images")
    with pytest.raises(DataError, match=r"looks gzipped: add .gz to its name"):
        read_idx(tmp_path / "images", n_dimensions=3)


@pytest.mark.parametrize(("change", "found"), [(-1, "5"), (1, "more")])
def test_fewer_or_more_values_than_the_header_promises_are_told(tmp_path, change, found):
    path = tmp_path / "labels"
    path.write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, 6) + bytes(6 + change))
    with pytest.raises(DataError, match=f"promises 6 values, found {found}"):
        read_idx(path, n_dimensions=1)


def test_a_header_that_promises_terabytes_is_refused_before_room_is_made(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, *[2**31] * 3)))
    with pytest.raises(DataError, match="far fewer"):
        read_idx(path, n_dimensions=3)


def test_a_header_cut_short_is_told(tmp_path):
    (tmp_path / "images").write_bytes(bytes([0, 0, 8, 3, 0, 0]))
    with pytest.raises(DataError, match="ends inside its header"):
        read_idx(tmp_path / "images", n_dimensions=3)


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(DataError, match="it is a folder"):
        read_idx(tmp_path, n_dimensions=3)


TYPED = {
    "b": (9, np.int8),
    "h": (11, np.int16),
    "i": (12, np.int32),
    "f": (13, np.float32),
    "d": (14, np.float64),
}


@pytest.mark.parametrize("letter", TYPED)
@pytest.mark.parametrize("end", ["", ".gz"])
def test_every_type_of_the_format_is_read(tmp_path, letter, end):
    """Written by struct, big-endian, as the format says."""
    number, dtype = TYPED[letter]
    content = struct.pack(f">BBBB3I6{letter}", 0, 0, number, 3, 2, 1, 3, 1, 2, 3, 4, 5, 6)
    path = tmp_path / f"a{end}"
    path.write_bytes(gzip.compress(content) if end else content)
    found = read_idx(path, n_dimensions=3)
    assert found.dtype == dtype
    assert found.dtype.isnative
    assert found.tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


@pytest.mark.parametrize(
    ("labels", "told"), [((0, 300), "300"), ((-1, 3), "-1"), ((2, 0.5), "0.5")]
)
def test_labels_are_bytes_whatever_their_type(tmp_path, labels, told):
    path = tmp_path / "labels"
    path.write_bytes(struct.pack(">BBBBI2f", 0, 0, 13, 1, 2, 65, 255))
    assert read_labels(path).tolist() == [65, 255]
    assert read_labels(path).dtype == np.uint8
    path.write_bytes(struct.pack(">BBBBI2f", 0, 0, 13, 1, 2, *labels))
    with pytest.raises(DataError, match=f"is {told}; labels are whole numbers from 0 to 255"):
        read_labels(path)


def test_a_file_that_is_gzipped_twice_is_told_so(zipped):
    zipped.write_bytes(gzip.compress(zipped.read_bytes()))
    with pytest.raises(DataError, match=r"It is gzipped twice: unpack it once") as told:
        read_idx(zipped, n_dimensions=3)
    assert "add .gz" not in str(told.value)


@pytest.mark.parametrize("end", ["", ".gz"])
def test_what_is_larger_than_the_limit_is_refused_before_it_is_read(tmp_path, end, monkeypatch):
    monkeypatch.setattr(idx, "LARGEST_BYTES", 5)
    path = tmp_path / f"labels{end}"
    write_idx(path, np.zeros(6, np.uint8))
    monkeypatch.setattr(idx, "_read_into", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DataError, match=r"at most 0\.00 GiB are read"):
        read_idx(path, n_dimensions=1)


@pytest.mark.parametrize("promised", [6, 2**31])
def test_a_sparse_file_takes_no_memory(tmp_path, promised):
    """A file of 64 GiB that holds nothing: its size is compared with its header first."""
    path = tmp_path / "labels"
    path.write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, promised))
    with path.open("r+b") as file:
        file.truncate(64 * 2**30)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=f"promises {promised:,} values, found more"):
            read_idx(path, n_dimensions=1)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_bomb_is_unpacked_no_further_than_its_header_promises(tmp_path):
    path = tmp_path / "labels.gz"
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(">BBBBI", 0, 0, 8, 1, 6))
        for _ in range(64):
            file.write(bytes(2**20))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="promises 6 values, found more"):
            read_idx(path, n_dimensions=1)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", ["", ".gz"])
def test_a_pipe_is_refused_before_it_is_opened(tmp_path, end):
    """Opened, it would wait for a writer for ever."""
    write_folder(tmp_path, small_content())
    (tmp_path / f"{PUBLISHED_NAMES[0]}.gz").unlink()
    os.mkfifo(tmp_path / f"{PUBLISHED_NAMES[0]}{end}")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.*; it is a named pipe"):
        find_files(tmp_path)


def test_a_device_is_refused_before_it_is_opened(tmp_path):
    (tmp_path / "labels").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="it is a link to a device"):
        read_idx(tmp_path / "labels", n_dimensions=1)


@pytest.mark.parametrize("name", ["a, b", "with space", "né à côté", "a'b"])
def test_a_folder_of_any_name_is_read(tmp_path, name):
    write_folder(tmp_path / name, small_content())
    config = RunConfig.from_command_line(["--data-dir", str(tmp_path / name), "--dataset=own"])
    assert read_folder(config.data_dir).train_images.shape == (12, 6, 5)
