"""A folder of new images: all that was meant is read or named, litter is passed over."""

import csv
import gzip
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from tasks.data.batches import find_batches
from tasks.data.files.file_kinds import MEANT_SUFFIXES
from tasks.data.files.idx_pairs import idx_pairs
from tasks.data.idx import write_idx
from tasks.data.new_images import read_batch
from tasks.errors import DataError
from tests.support.small_sets import small_content

SIZE = (6, 5)
CONTENT = small_content()
IMAGES, LABELS = CONTENT.train_images, CONTENT.train_labels


def write_table(folder, names, labels, name="labels.csv"):
    with (folder / name).open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        csv.writer(file).writerows([("file", "label"), *zip(names, labels, strict=True)])


@pytest.fixture
def three(tmp_path):
    """A folder with three labelled PNG files."""
    for i in range(3):
        Image.fromarray(IMAGES[i]).save(tmp_path / f"{i}.png")
    write_table(tmp_path, ["0.png", "1.png", "2.png"], LABELS[:3])
    return tmp_path


def read(folder):
    (batch,) = find_batches([folder])
    return read_batch(batch, size=SIZE)


LOSSLESS = ["png", "tif", "tiff", "bmp", "webp", "gif", "pgm", "tga", "jp2", "avif"]


def test_a_folder_may_hold_images_of_every_format(tmp_path):
    options = {"webp": {"lossless": True}, "avif": {"quality": 100}}
    names = [f"{i}.{ending}" for i, ending in enumerate(LOSSLESS)]
    for i, ending in enumerate(LOSSLESS):
        Image.fromarray(IMAGES[i]).save(tmp_path / names[i], **options.get(ending, {}))
    write_table(tmp_path, names, LABELS[: len(names)])
    found = read(tmp_path)
    np.testing.assert_array_equal(found.images, IMAGES[: len(names)])
    np.testing.assert_array_equal(found.labels, LABELS[: len(names)])


@pytest.mark.parametrize("name", ["scan", "scan.jpg", "scan.dat", "SCAN.PNG", "a,b.png", "-x.png"])
def test_an_image_is_one_whatever_its_name(name, three):
    Image.fromarray(IMAGES[3]).save(three / name, "PNG")
    with pytest.raises(DataError, match=rf"labels.csv: .*{name} have no line in it"):
        read(three)
    write_table(three, [name, "0.png", "1.png", "2.png"], [3, 3, 3, 3])
    np.testing.assert_array_equal(read(three).images[0], IMAGES[3])


@pytest.mark.parametrize("suffix", sorted(MEANT_SUFFIXES))
def test_a_file_that_was_meant_to_be_read_is_not_passed_over(suffix, three):
    for name in (f"IMG_0001.{suffix}", f"IMG_0002.{suffix.upper()}"):
        (three / name).write_bytes(bytes(40))
    with pytest.raises(DataError, match=rf"IMG_0001\.{suffix}, IMG_0002\..*would not be read"):
        find_batches([three])


MEANT = {
    "a PDF without a suffix": b"%PDF-1.4",
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "arrays": b"\x93NUMPY\1\0",
    "an archive": b"PK\3\4" + bytes(40),
    "IDX under another name": b"\0\0\x08\3" + bytes(12),
    "IDX, gzipped, under another name": gzip.compress(b"\0\0\x08\3" + bytes(12)),
    "an icon": b"\0\0\1\0\1\0",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}


@pytest.mark.parametrize("kind", MEANT)
def test_what_content_gives_away_is_not_passed_over(kind, three, monkeypatch):
    monkeypatch.setattr("tasks.data.image_file.find_spec", lambda _: None)
    (three / "file").write_bytes(MEANT[kind])
    with pytest.raises(DataError, match="found file, which would not be read: "):
        find_batches([three])


@pytest.mark.parametrize(
    "name",
    ["labels (1).csv", "Labels - Copy.csv", "LABELS.CSV", "labels_old.csv", "label.tsv"],
)
def test_a_second_table_of_labels_is_not_passed_over(name, three):
    (three / name).write_bytes((three / "labels.csv").read_bytes())
    with pytest.raises(DataError, match=r"all give labels|would not be read"):
        find_batches([three])


@pytest.mark.parametrize("name", ["Labels.csv", "LABELS.CSV", "labels (1).csv", "labels copy.csv"])
def test_one_table_is_read_as_a_system_or_a_browser_may_name_it(name, three):
    (three / "labels.csv").rename(three / name)
    assert read(three).labels.tolist() == LABELS[:3].tolist()


@pytest.mark.parametrize("name", ["labels.tsv", "labels.txt", "Label list.csv", "labels.json"])
def test_a_table_under_another_name_is_named(name, three):
    (three / "labels.csv").rename(three / name)
    with pytest.raises(DataError, match=rf"3 image file\(s\).*Save {name} as labels.csv"):
        find_batches([three])


def test_a_workbook_is_not_a_table_and_the_error_says_how_to_save_it(three):
    (three / "labels.csv").unlink()
    (three / "labels.xlsx").write_bytes(b"PK\3\4" + bytes(40))
    with pytest.raises(
        DataError, match=r"labels.xlsx, .*: XLSX.* save a table of labels as labels"
    ):
        find_batches([three])


NOTES = ["notes.txt", "README", "README.md", "who.json", "page.html", "weather.csv", "run.log"]
LITTER = [
    ".DS_Store",
    "._0.png",
    "Thumbs.db",
    "desktop.ini",
    "Desktop.INI",
    ".hidden.png",
    "Icon\r",
]


@pytest.mark.parametrize("name", NOTES + LITTER)
def test_notes_and_what_systems_leave_behind_are_passed_over(name, three):
    (three / name).write_bytes(b"P is for paper, BM for nothing, II of IV\n")
    assert len(read(three).labels) == 3


@pytest.mark.parametrize("name", ["__MACOSX", ".git", "@eaDir", "$RECYCLE.BIN"])
@pytest.mark.parametrize("depth", [0, 1])
def test_folders_that_systems_leave_behind_are_passed_over(name, depth, three, tmp_path_factory):
    above = tmp_path_factory.mktemp("above")
    three.rename(above / "monday")
    litter = (above if depth == 0 else above / "monday") / name / "monday"
    litter.mkdir(parents=True)
    (litter / "._000.png").write_bytes(b"\0\5\x16\7")
    (litter / "000.png").write_bytes(b"\0\5\x16\7")
    assert len(read(above).labels) == 3


def a_device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [os.mkfifo, a_device])
@pytest.mark.parametrize("name", ["x.png", "x", "labels.csv", "a-images-idx3-ubyte.gz"])
@pytest.mark.timeout(10)
def test_what_is_no_regular_file_is_refused_before_it_is_opened(name, make, three):
    (three / name).unlink(missing_ok=True)
    make(three / name)
    with pytest.raises(
        DataError, match=rf"{name}; it is (a link to a device|a named pipe) and was"
    ):
        find_batches([three])


@pytest.mark.parametrize("in_table", ["NFC", "NFD"])
@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
def test_a_name_with_an_accent_is_found_in_either_form(on_disk, in_table, tmp_path):
    name = "café 5.png"
    Image.fromarray(IMAGES[0]).save(tmp_path / unicodedata.normalize(on_disk, name))
    write_table(tmp_path, [unicodedata.normalize(in_table, name)], [5])
    assert read(tmp_path).labels.tolist() == [5]


def test_two_names_that_differ_in_that_form_alone_are_refused(tmp_path):
    for form in ("NFC", "NFD"):
        Image.fromarray(IMAGES[0]).save(tmp_path / unicodedata.normalize(form, "café.png"))
    write_table(tmp_path, ["café.png"], [5])
    with pytest.raises(DataError, match=r"two files named café\.png"):
        read(tmp_path)


ACTING = {
    "no UTF-8": (b"caf\xe9.png", r"caf\xe9.png"),
    "ESC": (b"a\x1b[31m\x1b]0;title\x07.png", r"a\x1b[31m\x1b]0;title\x07.png"),
    "an end of line": (b"a\nb.png", r"a\nb.png"),
    "a mark that turns the direction": ("a\u202egnp.png".encode(), r"a\u202egnp.png"),
    "HTML": (b"<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
    "Markdown": (b"![p](http:&#47;&#47;host).png", "![p](http:&#47;&#47;host).png"),
}


@pytest.mark.parametrize(
    "where", ["without a line", "of another size", "of no kind", "in a folder"]
)
@pytest.mark.parametrize("kind", ACTING)
def test_a_name_is_text_in_every_message(kind, where, three):
    name, text = ACTING[kind]
    path = three / os.fsdecode(name)
    if where == "of no kind":
        path.write_bytes(b"\0")
    elif where == "in a folder":
        path.mkdir()
        (path / "x.png").write_bytes(b"\0")
    else:
        Image.fromarray(np.tile(IMAGES[0], (2, 2))).save(path)
    if where == "of another size" and kind not in {"no UTF-8", "an end of line"}:
        write_table(three, [path.name, "0.png", "1.png", "2.png"], [3, 3, 3, 3])
    with pytest.raises(DataError) as error:
        read(three)
    assert text in str(error.value)
    assert str(error.value).isprintable()


def test_a_folder_whose_name_is_no_utf_8_is_refused(three, tmp_path_factory):
    above = tmp_path_factory.mktemp("above")
    three.rename(above / os.fsdecode(b"caf\xe9"))
    with pytest.raises(DataError, match=r"caf\\xe9 holds bytes that are no UTF-8. Rename it"):
        find_batches([above])


MARKS = [" (1)", "(1)", " (12)", " - Copy", " - Copy (2)", " copy", " copy 2", " (copy)", "-2"]


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("mark", MARKS)
def test_the_copies_of_an_idx_pair_that_browsers_and_systems_make_are_read(mark, end, tmp_path):
    write_idx(tmp_path / f"a-images-idx3-ubyte{mark}{end}", IMAGES)
    write_idx(tmp_path / f"a-labels-idx1-ubyte{mark}{end}", LABELS)
    np.testing.assert_array_equal(read(tmp_path).images, IMAGES)


I, L = "images-idx3-ubyte", "labels-idx1-ubyte"  # noqa: E741 - names of files are built of them
PAIRS = {
    "a copy beside the original": (
        [f"{I}.gz", f"{L}.gz", f"{I} (1).gz", f"{L} (1).gz"],
        [(f"{I}.gz", f"{L}.gz"), (f"{I} (1).gz", f"{L} (1).gz")],
    ),
    "one file is a second download": ([f"{I} (1).gz", f"{L}.gz"], [(f"{I} (1).gz", f"{L}.gz")]),
    "downloaded a different number of times": (
        [f"{I} (3).gz", f"{L} (1).gz"],
        [(f"{I} (3).gz", f"{L} (1).gz")],
    ),
    "one is unpacked": ([I, f"{L}.gz"], [(I, f"{L}.gz")]),
    "unpacked beside packed": ([I, f"{I}.gz", f"{L}.gz", L], [(I, L)]),
    "a dot before idx": (["t.images.idx3-ubyte", f"t.{L}"], [("t.images.idx3-ubyte", f"t.{L}")]),
    "two beginnings": (
        [f"b{I}", f"b{L}", f"a{I}", f"a{L}", "notes.txt"],
        [(f"a{I}", f"a{L}"), (f"b{I}", f"b{L}")],
    ),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_idx_files_are_paired_by_their_names(kind):
    names, wanted = PAIRS[kind]
    assert sorted(idx_pairs(names, place="x")) == sorted(wanted)


@pytest.mark.parametrize(
    "names",
    [[I], [f"{L} (1).gz"], [f"{I}.gz", f"{L}.gz", f"{I} (1).gz"], [f"a-{I}", f"b-{L}"]],
)
def test_half_of_a_pair_is_named(names):
    with pytest.raises(DataError, match=r"found .* without the .* \(.gz or not\) that belongs"):
        idx_pairs(names, place="x")


def test_images_and_an_idx_pair_may_lie_together(three):
    write_idx(three / f"b-{I}", IMAGES[3:])
    write_idx(three / f"b-{L}", LABELS[3:])
    pair, files = find_batches([three])
    assert (pair.kind, files.kind) == ("IDX", "images")
    assert len(read_batch(pair, size=SIZE).labels) == 9
    assert len(read_batch(files, size=SIZE).labels) == 3
