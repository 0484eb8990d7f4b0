"""New labelled images: read from both kinds of folders, checked, and joined behind the old."""

import csv
import gzip

import numpy as np
import pytest
from PIL import Image

from artifacts.reports.dataset import new_images_report
from artifacts.text import as_text
from engine.store.objects import load_array
from flows.config import RunConfig
from flows.stages.data import with_new_images
from tasks.data.batches import find_batches
from tasks.data.content import content_digest
from tasks.data.fetch import store_dataset
from tasks.data.idx import write_idx
from tasks.data.join import join_new_images
from tasks.data.new_images import read_batch
from tasks.errors import DataError
from tests.support.small_sets import small_content

SIZE = (6, 5)
CONTENT = small_content()
OTHER = small_content(seed=1)
IMAGES, LABELS = OTHER.train_images, OTHER.train_labels


@pytest.fixture
def new(tmp_path):
    """An empty folder for new images, beside the store."""
    (tmp_path / "new").mkdir()
    return tmp_path / "new"


def write_pair(folder, images, labels, *, begin="new-", end=""):
    folder.mkdir(parents=True, exist_ok=True)
    write_idx(folder / f"{begin}images-idx3-ubyte{end}", images)
    write_idx(folder / f"{begin}labels-idx1-ubyte{end}", labels)
    return folder


def write_png(folder, images, labels, *, mode="L"):
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["file", "label"])
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            Image.fromarray(image).convert(mode).save(folder / f"{i:03}.png")
            lines.writerow([f"{i:03}.png", label])
    return folder


def read(folder):
    (batch,) = find_batches([folder])
    return read_batch(batch, size=SIZE)


def join(*folders, content=CONTENT):
    dataset = store_dataset(content, "own", "a test")
    batches = find_batches(folders)
    return join_new_images.fn(dataset.train, dataset.test, dataset.classes, batches)


@pytest.mark.parametrize("end", ["", ".gz"])
def test_an_idx_pair_is_read_as_it_was_written(new, end):
    found = read(write_pair(new, IMAGES, LABELS, end=end))
    np.testing.assert_array_equal(found.images, IMAGES)
    np.testing.assert_array_equal(found.labels, LABELS)


def test_png_files_are_read_as_they_were_written_in_the_order_of_the_csv(new):
    write_png(new, IMAGES, LABELS)
    lines = (new / "labels.csv").read_text().splitlines()
    (new / "labels.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]))
    found = read(new)
    np.testing.assert_array_equal(found.images, IMAGES[::-1])
    np.testing.assert_array_equal(found.labels, LABELS[::-1])
    assert found.name(0).endswith("011.png")


def test_a_folder_of_folders_is_read_in_the_order_of_their_names(new):
    write_png(new / "b", IMAGES[3:6], LABELS[3:6])
    write_pair(new / "a", IMAGES[:3], LABELS[:3])
    (new / ".trash").mkdir()
    found = join(new)
    np.testing.assert_array_equal(load_array(found.added.images), IMAGES[:6])


def test_an_empty_folder_holds_nothing_new_yet(new, store):
    found = join(new)
    assert found.n_added == 0
    assert found.content_sha256 == content_digest(CONTENT)
    assert "None yet" in new_images_report(found)


@pytest.mark.parametrize("write", [write_pair, write_png])
def test_the_digest_is_of_the_content_and_not_of_the_place(new, write):
    first = write(new / "first", IMAGES, LABELS)
    second = write(new / "second", IMAGES, LABELS)
    other = write(new / "other", IMAGES, LABELS[::-1])
    one, two, three = (find_batches([folder])[0].sha256 for folder in (first, second, other))
    assert one == two != three


def test_new_images_stand_behind_the_old_and_the_test_set_stays(new, store):
    folders = [
        write_pair(new / "one", IMAGES[:4], LABELS[:4]),
        write_png(new / "two", IMAGES[4:6], LABELS[4:6]),
    ]
    dataset = store_dataset(CONTENT, "own", "a test")
    found = join(*folders)
    joined = with_new_images(dataset, found)
    np.testing.assert_array_equal(
        load_array(joined.train.images), np.concatenate([CONTENT.train_images, IMAGES[:6]])
    )
    np.testing.assert_array_equal(
        load_array(joined.train.labels), np.concatenate([CONTENT.train_labels, LABELS[:6]])
    )
    assert joined.test == dataset.test
    assert joined.train_counts == (6, 6, 6)
    whole = store_dataset(
        CONTENT._replace(
            train_images=load_array(joined.train.images),
            train_labels=load_array(joined.train.labels),
        ),
        "own",
        "a test",
    )
    assert joined.content_sha256 == whole.content_sha256
    report = new_images_report(found)
    assert "**6 new images** were added after the 12" in report
    assert "| 3 | 4 | 33.3\xa0% | 2 | 33.3\xa0% |" in report


def test_what_is_there_already_is_kept_once_and_named(new, store):
    images = np.concatenate([CONTENT.train_images[2:3], IMAGES[:2], IMAGES[:1]])
    labels = np.array([CONTENT.train_labels[2], *LABELS[:2], LABELS[1]], np.uint8)
    found = join(write_pair(new, images, labels))
    assert (found.n_added, found.n_duplicates, found.n_otherwise) == (2, 2, 1)
    path = new / "new-images-idx3-ubyte"
    assert found.duplicates == (
        f"image 3 of {path} is equal to image 1 of {path}, labelled 4 here and 3 there",
        f"image 0 of {path} is equal to training image 2",
    )
    assert as_text(found.duplicates[0]) in new_images_report(found)
    np.testing.assert_array_equal(load_array(found.added.images), IMAGES[:2])


def test_a_test_image_is_refused(new, store):
    images = np.concatenate([IMAGES[:1], CONTENT.test_images[5:6]])
    folder = write_png(new, images, [3, 7])
    with pytest.raises(DataError, match=r"001.png is equal .* is test image 5\)"):
        join(folder)


def change_labels(text):
    def change(folder):
        (folder / "labels.csv").write_text(text)

    return change


def missing_picture(folder):
    (folder / "001.png").unlink()


def unlabelled_picture(folder):
    Image.fromarray(IMAGES[0]).save(folder / "extra.png")


def no_csv(folder):
    (folder / "labels.csv").unlink()


def truncated(folder):
    path = folder / "001.png"
    path.write_bytes(path.read_bytes()[:-20])


def larger(folder):
    Image.new("L", (28, 28)).save(folder / "001.png")


def blank(folder):
    Image.new("L", (5, 6), 7).save(folder / "001.png")


BAD_PICTURES = {
    "no labels.csv": (no_csv, r"3 image file\(s\) \(000.png, .*\) and no labels.csv"),
    "a picture that is not there": (missing_picture, r"labels.csv: .*001.png are not image files"),
    "a picture without a line": (unlabelled_picture, r"labels.csv: .*extra.png have no line"),
    "other columns": (change_labels("name,digit\n"), r"labels.csv, line 1: found 'name,digit'"),
    "a label that is no number": (
        change_labels("file,label\n000.png,four\n"),
        r"labels.csv, line 2: found '000.png,four'; the label of 000.png is 'four'",
    ),
    "a line without a label": (change_labels("file,label\n000.png\n"), r"line 2: .* is ''"),
    "two lines for a picture": (
        change_labels("file,label\n000.png,3\n000.png,4\n"),
        r"line 3: found '000.png,4'; 000.png has a line before",
    ),
    "a label that is no class": (
        change_labels("file,label\n000.png,3\n001.png,9\n002.png,7\n"),
        r"001.png is labelled 9; the classes of the training set are 3, 4, 7",
    ),
    "a truncated picture": (truncated, r"001.png: it is not a whole PNG file"),
    "another size": (larger, r"001.png: found 28 x 28 pixels; the training images are 5 x 6"),
    "a blank picture": (blank, r"001.png is of one single grey value"),
}


@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_bad_folder_of_pictures_is_refused_by_name(kind, new, store):
    spoil, said = BAD_PICTURES[kind]
    write_png(new, IMAGES[:3], LABELS[:3])
    spoil(new)
    with pytest.raises(DataError, match=said):
        join(new)


def half_of_a_pair(folder):
    (folder / "new-labels-idx1-ubyte").unlink()


def too_few_labels(folder):
    write_pair(folder, IMAGES, LABELS[:-1])


def wider(folder):
    write_pair(folder, np.ones((3, 7, 8), np.uint8), LABELS[:3])


def zero_to_one(folder):
    write_pair(folder, (IMAGES > 127).astype(np.uint8), LABELS)


def cut_gzip(folder):
    path = folder / "new-images-idx3-ubyte"
    content = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_suffix(".gz").write_bytes(content[: len(content) // 2])


BAD_PAIRS = {
    "half of a pair": (half_of_a_pair, r"new-images-idx3-ubyte without the labels-idx1-ubyte"),
    "too few labels": (too_few_labels, r"found 12 images, and 11 labels in .*new-labels"),
    "another size": (wider, r"new-images-idx3-ubyte: found 8 x 7 pixels"),
    "pixels of 0 and 1": (zero_to_one, r"new-images-idx3-ubyte .* reach 1 at most"),
    "a truncated file": (cut_gzip, r"new-images-idx3-ubyte.gz: .*truncated"),
}


@pytest.mark.parametrize("kind", BAD_PAIRS)
def test_a_bad_idx_pair_is_refused_by_name(kind, new, store):
    spoil, said = BAD_PAIRS[kind]
    write_pair(new, IMAGES, LABELS)
    spoil(new)
    with pytest.raises(DataError, match=said):
        join(new)


INK = np.zeros((12, *SIZE), np.uint8)  # light ink on a dark ground
INK[:, 2:4, 1:4] = np.arange(100, 172, dtype=np.uint8).reshape(12, 2, 3) + 80
INK_CONTENT = CONTENT._replace(train_images=INK)
OTHER_INK = np.where(INK > 0, INK - 5, 0).astype(np.uint8)


@pytest.mark.parametrize("inverted", [[3], [0, 5], list(range(12))])
def test_images_with_light_and_dark_turned_round_are_all_named(inverted, new, store):
    images = OTHER_INK.copy()
    images[inverted] = 255 - images[inverted]
    with pytest.raises(
        DataError, match=rf"inverted \({len(inverted)} of 12 images\).*is 0"
    ) as error:
        join(write_png(new, images, LABELS), content=INK_CONTENT)
    named = [i for i in range(12) if f"{i:03}.png" in str(error.value)]
    assert named == inverted[:10]
    assert ("and 2 more" in str(error.value)) == (len(inverted) == 12)


def test_an_image_that_is_mostly_ink_or_written_to_its_edge_is_not_taken_for_an_inverted_one(
    new, store
):
    images = OTHER_INK.copy()
    images[0, 1:5, 1:4] = 255
    images[1, :, 2] = 255
    images[2, 0] = 255
    assert join(write_pair(new, images, LABELS), content=INK_CONTENT).n_added == 12


def test_a_ground_that_is_another_in_all_images_is_refused(new, store):
    images = np.maximum(OTHER_INK, 90)
    with pytest.raises(DataError, match=r"edge of .*new-images.* mean grey value 90; .* is 0"):
        join(write_pair(new, images, LABELS), content=INK_CONTENT)


def test_a_folder_that_does_not_exist_or_holds_something_else_is_refused(new):
    with pytest.raises(DataError, match=r"nowhere; found nothing at that path"):
        find_batches([new / "nowhere"])
    (new / "notes.txt").touch()
    with pytest.raises(DataError, match=r"found notes.txt and none of the known kinds"):
        find_batches([new])


def test_files_that_change_after_they_were_found_are_refused(new):
    (batch,) = find_batches([write_pair(new, IMAGES, LABELS)])
    write_pair(new, IMAGES[::-1], LABELS)
    with pytest.raises(DataError, match="changed while they were read"):
        read_batch(batch, size=SIZE)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--new-images=one, two"], ["one", "two"]),
        (["--new-images", "one", "--new-images", "two,three"], ["one", "two", "three"]),
        (["--new-images", r"Monday\, late"], ["Monday, late"]),
        (["--new-images", r"a\,b,c", "--new-images", r"d\,"], ["a,b", "c", "d,"]),
    ],
)
def test_folders_are_separated_by_commas_and_a_comma_in_a_name_is_escaped(words, names):
    asked = RunConfig.from_command_line(words)
    assert [path.name for path in asked.new_images] == names
    assert RunConfig(**asked.model_dump()) == asked
    assert RunConfig.model_validate_json(asked.model_dump_json()) == asked


def test_an_empty_text_names_no_folder(monkeypatch):
    monkeypatch.setenv("DIGITS_NEW_IMAGES", "")
    assert RunConfig().new_images == ()


def test_a_folder_two_levels_down_is_not_passed_over(new):
    write_pair(new / "2026" / "monday", IMAGES, LABELS)
    write_pair(new / "2026", IMAGES, LABELS)
    with pytest.raises(DataError, match=r"2026; found folders .*not be read: monday"):
        find_batches([new])
