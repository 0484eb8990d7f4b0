"""Images of which some hold nothing, or are given in other grey values, are told by their rows."""

import re

import numpy as np
import pytest
from PIL import Image

from benchmarks.predict.pages import INK, PAPER, Condition, drawn_page
from engine.store.objects import load_array
from tasks.handwriting.inputs import look_at, pieces_of
from tasks.handwriting.read import MOST_ROWS_NAMED, read_digits, read_piece
from tasks.handwriting.records import Convention

SIZE = (28, 28)
LAYOUT = Convention(
    height=28, width=28, box=20, centred_by="mass", centre_y=14.0, centre_x=14.0, highest=255,
    is_ink_bright=True, stroke=3.0,
)  # fmt: skip


def strokes(n, ink=255):
    """Return images of one upright stroke each, bright on black."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = ink
    return images


def read(path, *, normalise=True):
    return read_digits.fn(tuple(pieces_of(look_at(path, SIZE))), layout=LAYOUT, normalise=normalise)


@pytest.fixture
def kept(store, tmp_path):
    def of(images, name="a.npy"):
        path = tmp_path / name
        np.save(path, images)
        return path

    return of


def test_images_of_an_array_on_which_nothing_is_written_are_counted_and_named(kept):
    images = strokes(10)
    images[[1, 4, 6]] = 0
    found = read(kept(images))
    assert load_array(found.sources)[:, 1].tolist() == [0, 2, 3, 5, 7, 8, 9]
    ((piece, problem),) = found.problems
    assert (piece, problem) == (
        0, "nothing is written on 3 of its images: row 1, 4, 6, counted from 0",
    )  # fmt: skip


def test_of_many_images_without_a_digit_the_first_rows_are_named(kept):
    ((_, problem),) = read(kept(np.zeros((30, 28, 28), np.uint8))).problems
    assert "on 30 of its images" in problem
    assert f"{', '.join(map(str, range(MOST_ROWS_NAMED)))}, ...," in problem


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (strokes(5, ink=16), "from 0 to 16.*multiply these by 15"),
        (255 - strokes(5), "edge has the grey value 255.*255 minus each"),
    ],
)
@pytest.mark.parametrize("normalise", [True, False])
def test_arrays_of_another_range_or_ground_are_refused(images, said, normalise, kept):
    found = read(kept(images), normalise=normalise)
    assert len(load_array(found.images)) == 0
    ((_, problem),) = found.problems
    assert re.search(said, problem)
    assert "a.npy" not in problem


def test_the_same_problem_is_kept_for_every_file_of_the_same_content(store, tmp_path):
    problems = set()
    for name in ("first.png", "second.png"):
        (tmp_path / name).write_bytes(b"no picture at all")
        ((_, problem),) = read(tmp_path / name).problems
        problems.add(problem)
    (problem,) = problems
    assert "first" not in problem
    assert "second" not in problem


@pytest.mark.parametrize(("shape", "n"), [((3, 784), 3), ((784, 784), 784), ((28, 28), 1)])
def test_rows_of_as_many_pixels_as_a_training_image_are_images(shape, n, kept):
    images = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    given = look_at(kept(images), SIZE)
    assert given.n_images == n
    (piece,) = pieces_of(given)
    assert np.array_equal(np.stack(list(read_piece(piece))), images.reshape(n, 28, 28))


def test_an_array_without_an_image_is_a_problem(kept):
    assert "holds no image" in look_at(kept(np.zeros((0, 28, 28), np.uint8)), SIZE).problem


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [((255, 0, 0), (0, 130, 0)), ((0, 96, 255), (140, 75, 0)), ((200, 0, 0), (0, 102, 0))],
    ids=["red on green", "blue on brown", "dark red on dark green"],
)
def test_ink_of_the_luma_of_its_paper_is_found_by_its_colour(ink, paper, suffix, store, tmp_path):
    grey = drawn_page(np.arange(10), Condition("clean"), np.random.default_rng(0)).grey
    Image.fromarray(grey).save(tmp_path / "grey.png")
    share = ((grey - INK) / (PAPER - INK))[..., np.newaxis]
    coloured = Image.fromarray(np.rint(paper * share + ink * (1 - share)).astype(np.uint8))
    assert np.ptp(np.asarray(coloured.convert("L"))) <= 3
    coloured.save(tmp_path / f"coloured{suffix}", quality=90)
    expected, found = (
        load_array(read(tmp_path / name).boxes) for name in ("grey.png", f"coloured{suffix}")
    )
    assert len(expected) == len(found) == 10
    assert np.abs(expected - found).max() <= 3
