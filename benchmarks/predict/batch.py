"""Score folders of many files by the command itself: images a second, and peak memory."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.measure import measure
from engine.store.location import store_at
from engine.store.objects import load_array
from tasks.champion.load import require_champion

IN_A_FOLDER = 10_000


def measure_batches(store: Path, counts: Sequence[int]) -> Iterator[str]:
    """Yield a table: each count of images scored anew, then the same folder again."""
    with store_at(store):
        images = load_array(require_champion().train.images)
    yield "| images | seconds | images a second | peak memory | again: seconds |"
    yield "|--:|--:|--:|--:|--:|"
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(images, count, folder / "images")
            command = (
                *("flows.predict", str(folder / "images")),
                *("--store-dir", str(store.absolute()), "--answers-dir", str(folder / "answers")),
                *("--output-dir", str(folder / "outputs")),
            )
            environment = dict(os.environ)
            first = measure(*command, environment=environment, log=folder / "first.log")
            again = measure(*command, environment=environment, log=folder / "again.log")
        yield (
            f"| {count:,} | {first.seconds:.0f} | {count / first.seconds:.0f} | "
            f"{first.peak_bytes / 2**20:.0f} MiB | {again.seconds:.0f} |"
        )


def _write(images: np.ndarray, count: int, folder: Path) -> None:
    """Write so many files, no two alike: a pixel of an image that comes again is changed."""
    for i in range(count):
        image = np.array(images[i % len(images)])
        image[0, 0] = i // len(images)
        place = folder / str(i // IN_A_FOLDER)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{i}.png", compress_level=1)
