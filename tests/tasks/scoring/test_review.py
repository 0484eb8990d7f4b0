"""A folder for review is one that a person labels and the next training run reads."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.predict.pages import Condition, drawn_page
from tasks.class_names import ClassNames
from tasks.data.batches import find_batches
from tasks.data.new_images import read_batch
from tasks.handwriting.normalise import digits_in
from tasks.handwriting.records import Convention
from tasks.scoring.ledger import Answer
from tasks.scoring.review import Review, ReviewError, require_review
from tasks.scoring.summary import Verdict

LAYOUT = Convention(
    height=28, width=28, box=20, centred_by="mass", centre_y=14.0, centre_x=14.0, highest=255,
    is_ink_bright=True, stroke=3.0,
)  # fmt: skip


@pytest.fixture
def verdicts(tmp_path):
    page = drawn_page(np.arange(4), Condition("clean"), np.random.default_rng(0)).grey
    path = tmp_path / "<b>page.png"
    Image.fromarray(page).save(path)
    return [
        Verdict(
            str(path), "picture", "a" * 64, i, 4, Answer(0, tuple(box), i, 1, 0.5, 0.1, 2), "unsure"
        )
        for i, (box, _) in enumerate(digits_in(page, LAYOUT))
    ], page


def written(folder, verdicts):
    review = Review(folder, LAYOUT, normalise=True)
    for each in verdicts:
        review.add(each)
    review.finish()
    return folder / "labels.csv"


def test_what_a_person_filled_in_is_read_by_a_training_run_and_the_rest_is_counted(
    verdicts, tmp_path
):
    held_back, page = verdicts
    table = written(tmp_path / "review", held_back)
    lines = list(csv.reader(table.open(newline="")))
    lines[1][1], lines[3][1] = "0", "2"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    (batch,) = find_batches((tmp_path / "review",))
    found = read_batch(batch, size=(28, 28))
    assert (found.labels.tolist(), found.n_unlabelled) == ([0, 2], 2)
    seen = [image for _, image in digits_in(page, LAYOUT)]
    assert np.array_equal(found.images, np.stack([seen[0], seen[2]]))


def test_writing_again_keeps_the_labels_and_adds_only_what_is_new(verdicts, tmp_path):
    held_back, _ = verdicts
    table = written(tmp_path / "review", held_back[:2])
    text = table.read_text().replace("-0-1.png,", "-0-1.png,1")
    table.write_text(text)
    written(tmp_path / "review", held_back)
    lines = table.read_text().split()
    assert len(lines) == 5
    assert lines[2].endswith("-0-1.png,1")
    page = (tmp_path / "review" / "look.html").read_text()
    assert page.count("<figure>") == 4
    assert "<b>page" not in page


def test_the_page_names_classes_beside_the_numbers_that_the_table_takes(verdicts, tmp_path):
    names = ClassNames(named=((0, "zero"), (1, "<i>one")))
    review = Review(tmp_path / "review", LAYOUT, names, normalise=True)
    review.add(verdicts[0][0])
    review.finish()
    page = (tmp_path / "review" / "look.html").read_text()
    assert "taken for 0 (zero), or 1 (&lt;i&gt;one)" in page


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ReviewError, match=r"mine\.txt.*Give --review an empty or a new folder"):
        Review(tmp_path, LAYOUT, normalise=True)


@pytest.mark.parametrize("name", ["", "a.txt", "a.txt/deeper"])
def test_a_wrong_folder_is_refused_before_anything_is_made(name, tmp_path):
    (tmp_path / "a.txt").write_text("keep")
    with pytest.raises(ReviewError, match="Give --review"):
        require_review(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_a_killed_run_left_without_its_table_is_gone_on_with(verdicts, tmp_path):
    held_back, _ = verdicts
    review = Review(tmp_path / "review", LAYOUT, normalise=True)
    for each in held_back[:3]:
        review.add(each)  # and no end: the table is not there
    table = written(tmp_path / "review", held_back[1:])
    lines = list(csv.reader(table.open(newline="")))[1:]
    assert {name for name, _ in lines} == {path.name for path in table.parent.glob("*.png")}
    assert len(lines) == 4


def test_a_new_folder_is_not_made_before_there_is_something_to_write(tmp_path):
    require_review(tmp_path / "new" / "deeper")
    assert list(tmp_path.iterdir()) == []


def test_the_least_sure_digit_stands_first_in_table_and_page(verdicts, tmp_path):
    held_back = [
        replace(each, answer=each.answer._replace(probability=probability))
        for each, probability in zip(verdicts[0], (0.6, 0.2, 0.9, 0.4), strict=True)
    ]
    table = written(tmp_path / "review", held_back)
    names = [line[0] for line in list(csv.reader(table.open(newline="")))[1:]]
    assert [name[-5] for name in names] == ["1", "3", "0", "2"]
    page = (tmp_path / "review" / "look.html").read_text()
    assert sorted(names, key=page.index) == names
