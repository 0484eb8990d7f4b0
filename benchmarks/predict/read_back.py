"""Read pages back through the whole path and count what is right."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artifacts.figures.style import figure_png
from artifacts.text import interval
from benchmarks.predict.curves import ReadBack, curves_figure
from benchmarks.predict.pages import CELL, Condition, PrintedPage, drawn_page, printed_page
from engine.store.location import store_at
from engine.store.objects import load_array
from tasks.champion.load import LoadedChampion, kept_out_of_fold, opened, require_champion
from tasks.evaluation.intervals import wilson_interval
from tasks.handwriting.convention import measure_convention
from tasks.handwriting.normalise import digits_in, whole_image
from tasks.handwriting.records import Convention
from tasks.scoring.familiar import Neighbours, threshold_of

A_PAGE = 100
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabdefhkmnpqrtuvwxy"  # those that look like a digit left out
CLEAN = Condition("clean")
NOISE, SHADE, ANGLE = (20, 40, 80), (0.3, 0.6, 0.8), (5, 10, 15, 20, 30)
GROWING = {  # what a curve is drawn of: each level of one damage, from none
    "noise": (CLEAN, *(Condition(f"noise of {n} grey values", noise=n) for n in NOISE)),
    "shade": (
        CLEAN,
        *(Condition(f"{s:.0%} of the light lost in a corner", shade=s) for s in SHADE),
    ),
    "angle": (CLEAN, *(Condition(f"turned by {a} degrees", angle=a) for a in ANGLE)),
}
ALL_AT_ONCE = Condition("noise 10, 30% of the light lost, 3 degrees", noise=10, shade=0.3, angle=3)
CONDITIONS = (
    CLEAN,
    Condition("light on dark", is_inverted=True),
    Condition("ruled paper", is_ruled=True),
    *(each for levels in GROWING.values() for each in levels[1:]),
    ALL_AT_ONCE,
)


def measure_pages(
    store: Path, n_images: int, *, only: str = "", figure: Path | None = None
) -> Iterator[str]:
    """Yield the lines of a table: accuracy by what the page suffered.

    Rows whose name does not hold `only` are left out. The curves go to `figure`, a PNG file.
    """
    with store_at(store):
        champion = opened(require_champion())
        record = champion.record
        images, labels = load_array(record.test.images), load_array(record.test.labels)
        layout = measure_convention(load_array(record.train.images))
        yield from unlike(champion, layout)
    rows = np.arange(0, len(images), max(1, len(images) // n_images))[:n_images]
    images, labels = images[rows], labels[rows]
    plain = int((_answers(champion, images) == labels).sum())
    yield f"plain test images: {interval(wilson_interval(plain, len(labels)))} right"
    yield "| page | right | missed | found beside | right without normalising |"
    yield "|:--|--:|--:|--:|--:|"
    printed = [(f"printed, {how.name}", how, images) for how in CONDITIONS]
    drawn = [(f"drawn by a random pen, {how.name}", how, None) for how in (CLEAN, ALL_AT_ONCE)]
    found = {}
    for name, how, given in (*printed, *drawn):
        if only in name:
            found[name] = read_back(champion, layout, given, labels, how)
            yield _line(name, found[name])
    if figure:
        curves = {
            what: [(getattr(how, what), found[f"printed, {how.name}"]) for how in levels]
            for what, levels in GROWING.items()
        }
        figure.write_bytes(figure_png(curves_figure(curves, plain / len(labels))))


def unlike(champion: LoadedChampion, layout: Convention) -> Iterator[str]:
    """Yield how many letters of Pillow's own font, and images of noise, are flagged as unlike."""
    record = champion.record
    images, labels = load_array(record.train.images), load_array(record.train.labels)
    answers = champion.classes_[load_array(kept_out_of_fold(record).scores).argmax(axis=1)]
    near = Neighbours.of(images, labels)
    threshold = threshold_of(near, images, answers)
    noise = np.random.default_rng(0).integers(0, layout.highest + 1, (200, *images.shape[1:]))
    letters = [seen for each in LETTERS for _, seen in digits_in(_letter(each), layout)]
    for name, shown in (("letters", np.array(letters)), ("noise", noise.astype(np.uint8))):
        flagged = near.distances(shown, _answers(champion, shown)) > threshold
        yield f"unlike anything learned, {name}: {int(flagged.sum())} of {len(shown)} flagged"


def _letter(letter: str) -> np.ndarray:
    page = Image.new("L", (200, 200), 235)
    font = ImageFont.load_default(120)
    ImageDraw.Draw(page).text((50, 20), letter, font=font, fill=30)
    return np.asarray(page)


def read_back(
    champion: LoadedChampion,
    layout: Convention,
    images: np.ndarray | None,
    labels: np.ndarray,
    how: Condition,
) -> ReadBack:
    """Make pages of images, or of digits drawn by a pen if there are none, and read them back."""
    rng = np.random.default_rng(0)
    total = ReadBack(0, 0, 0, 0, 0)
    for start in range(0, len(labels), A_PAGE):
        true = labels[start : start + A_PAGE]
        page = (
            drawn_page(true, how, rng)
            if images is None
            else printed_page(images[start : start + A_PAGE], how, rng)
        )
        of_page = _read_page(champion, layout, page, true)
        total = ReadBack(*(a + b for a, b in zip(total, of_page, strict=True)))
    return total


def _read_page(
    champion: LoadedChampion, layout: Convention, page: PrintedPage, true: np.ndarray
) -> ReadBack:
    """Match what was found to the cells: the largest digit whose middle lies in a cell is its."""
    found = digits_in(page.grey, layout)
    of_cell: dict[int, tuple[int, np.ndarray]] = {}
    for box, image in found:
        middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        apart = np.abs(page.middles - middle).max(axis=1)
        cell = int(apart.argmin())
        if apart[cell] < CELL / 2 and of_cell.get(cell, (0, image))[0] < box.size:
            of_cell[cell] = box.size, image
    cells = sorted(of_cell)
    seen = np.array([of_cell[cell][1] for cell in cells], np.uint8)
    right = int((_answers(champion, seen) == true[cells]).sum()) if cells else 0
    whole = np.stack([whole_image(_cut(page, i), layout) for i in range(len(true))])
    return ReadBack(
        n=len(true),
        n_right=right,
        n_missed=len(true) - len(cells),
        n_extra=len(found) - len(cells),
        n_right_whole=int((_answers(champion, whole) == true).sum()),
    )


def _cut(page: PrintedPage, cell: int) -> np.ndarray:
    x, y = (int(side - CELL / 2) for side in page.middles[cell])
    part = page.grey[max(y, 0) : y + CELL, max(x, 0) : x + CELL]
    return np.ascontiguousarray(part)


def _answers(champion: LoadedChampion, images: np.ndarray) -> np.ndarray:
    scores = champion.scores(images.reshape(len(images), -1))
    answers: np.ndarray = champion.classes_[scores.argmax(axis=1)]
    return answers


def _line(name: str, found: ReadBack) -> str:
    right, whole = (
        interval(wilson_interval(count, found.n)) for count in (found.n_right, found.n_right_whole)
    )
    return f"| {name} | {right} | {found.n_missed} | {found.n_extra} | {whole} |"
