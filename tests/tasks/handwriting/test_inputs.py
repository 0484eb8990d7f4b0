"""The same images are read from every kind of file, and what cannot be read is named."""

import csv
import io
import os

import numpy as np
import pytest
from PIL import Image

from tasks.data.idx import write_idx
from tasks.errors import DataError
from tasks.handwriting.inputs import ROWS, files_in, look_at, pieces_of
from tasks.handwriting.labels import Labels
from tasks.handwriting.read import read_piece

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 6)).astype(np.uint8)
SIZE = (6, 6)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def write_csv(path):
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["label", *(f"pixel{i}" for i in range(36))])
        table.writerows(
            [label, *image.ravel()] for label, image in zip(LABELS, IMAGES, strict=True)
        )


def write_idx_pair(path):
    write_idx(path, IMAGES)
    write_idx(path.with_name("a-labels-idx1-ubyte"), LABELS)


def saved(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


KINDS = {
    "a-images-idx3-ubyte": write_idx_pair,
    "a.npy": lambda path: np.save(path, IMAGES),
    "train.csv": write_csv,
}


@pytest.mark.parametrize("name", KINDS)
def test_arrays_of_every_kind_hold_the_same_images(name, tmp_path):
    KINDS[name](tmp_path / name)
    (path,) = files_in([tmp_path])
    given = look_at(path, SIZE)
    assert (given.n_images, given.problem) == (5, "")
    (piece,) = pieces_of(given)
    assert np.array_equal(np.stack(list(read_piece(piece))), IMAGES)
    labels = [Labels().of(given, row) for row in range(5)]
    assert labels == ([None] * 5 if name == "a.npy" else LABELS.tolist())


def test_a_part_of_a_csv_file_is_read_alone(tmp_path):
    write_csv(tmp_path / "train.csv")
    (piece,) = pieces_of(look_at(tmp_path / "train.csv", SIZE))
    part = piece.model_copy(update={"first": 2, "stop": 4})
    assert np.array_equal(np.stack(list(read_piece(part))), IMAGES[2:4])


def test_empty_lines_of_a_csv_file_move_no_image(tmp_path):
    path = tmp_path / "train.csv"
    write_csv(path)
    path.write_text(path.read_text().replace("\n", "\n\n"))
    (piece,) = pieces_of(look_at(path, SIZE))
    assert piece.stop == 5
    part = piece.model_copy(update={"first": 3})
    assert np.array_equal(np.stack(list(read_piece(part))), IMAGES[3:])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x", r"line 4: found 'x' in the column pixel1\. Give a whole grey value from 0 to 255"),
        ("256", "line 4: found '256' in the column pixel1"),
        ("-1", "line 4: found '-1'"),
        ("0.5", "line 4: found '0.5'"),
        ("", "line 4: found ''"),
        ("1,2", "line 4: found 38 cells; the first line names 37 columns"),
    ],
)
def test_a_cell_of_a_csv_file_that_is_no_grey_value_is_named_with_its_line(cell, said, tmp_path):
    write_csv(tmp_path / "train.csv")
    lines = (tmp_path / "train.csv").read_text().splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:2], cell, *cells[3:]])
    (tmp_path / "train.csv").write_text("\n".join(lines))
    (piece,) = pieces_of(look_at(tmp_path / "train.csv", SIZE))
    with pytest.raises(DataError, match=said):
        list(read_piece(piece))


def test_long_files_come_in_pieces_that_cover_them_once(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2 * ROWS + 1, 2, 2), np.uint8))
    pieces = list(pieces_of(look_at(tmp_path / "a.npy", SIZE)))
    covered = [row for piece in pieces for row in range(piece.first, piece.stop)]
    assert covered == list(range(2 * ROWS + 1))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"name,age\nx,3\n", "no columns pixel0"),
        ("a.csv", b"pixel0,pixel1\n1,2\n", "names 2 pixel columns, which fill no square"),
        ("a.npy", b"\x93NUMPY\x01\x00", "no whole array file"),
        ("a.npy", saved(np.array([{"a": 1}], object)), "no whole array file"),
        ("a.npy", saved(IMAGES)[:-1], "no whole array file"),
        ("a-images-idx3-ubyte", b"text", "expected the magic number"),
        (
            "a-images-idx3-ubyte",
            b"\0\0\x08\x03\x3b\x9a\xca\0" + b"\0\0\0\x1c" * 2,
            "promises 784,000,000,000 values, found 0",
        ),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_a_problem(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert said in look_at(tmp_path / name, SIZE).problem


def test_a_named_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "named pipe" in look_at(tmp_path / "pipe.png", SIZE).problem


def test_values_that_are_no_grey_values_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES / 255)
    (piece,) = pieces_of(look_at(tmp_path / "a.npy", SIZE))
    with pytest.raises(DataError, match="Give whole grey values from 0 to 255"):
        list(read_piece(piece))


def test_folders_are_walked_in_order_without_what_systems_leave(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    for name in ("c.png", "a.png", "b/d.png", ".DS_Store", "Thumbs.db", "labels.csv", "__MACOSX/x"):
        (tmp_path / name).write_bytes(b"")
    found = [str(path.relative_to(tmp_path)) for path in files_in([tmp_path])]
    assert found == ["a.png", "b/d.png", "c.png"]


def test_labels_beside_pictures_may_be_missing(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        Image.fromarray(IMAGES[0]).save(tmp_path / name)
    (tmp_path / "labels.csv").write_text("file,label\na.png,7\nb.png,\n")
    labels = Labels()
    found = [labels.of(look_at(path, SIZE), 0) for path in files_in([tmp_path])]
    assert found == [7, None, None]


@pytest.mark.parametrize("cell", ["seven", "-1", "256", "7.5", "nan"])
def test_a_bad_cell_of_the_label_column_loses_its_own_label_only(cell, tmp_path):
    write_csv(tmp_path / "train.csv")
    lines = (tmp_path / "train.csv").read_text().splitlines()
    lines[2] = cell + lines[2][1:]
    lines[3] = lines[3][1:]
    lines[4] = "1.0" + lines[4][1:]
    (tmp_path / "train.csv").write_text("\n".join(lines))
    labels, given = Labels(), look_at(tmp_path / "train.csv", SIZE)
    with pytest.raises(DataError, match=f"row 1.*'{cell}'"):
        labels.of(given, 1)
    assert [labels.of(given, row) for row in (0, 2, 3, 4)] == [3, None, 1, 5]


def test_a_file_that_is_named_twice_is_given_once(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "link.png").symlink_to("a.png")
    inputs = [tmp_path / "b.png", tmp_path, tmp_path / "x" / ".." / "a.png", tmp_path]
    (tmp_path / "x").mkdir()
    assert [path.name for path in files_in(inputs)] == ["b.png", "a.png", "link.png"]
