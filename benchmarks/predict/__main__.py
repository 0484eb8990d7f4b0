"""How well a person's own images are read: ``python -m benchmarks.predict {pages,loop,batch}``.

``pages`` prints test images of the champion's data set large on pages, reads them back and counts
right answers. ``loop`` trains on few images and again with those that were held back. ``batch``
scores many files by the command itself.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.predict.batch import measure_batches
from benchmarks.predict.loop import measure_loop
from benchmarks.predict.read_back import measure_pages
from engine.errors import PlainError
from engine.run.exit_codes import DONE, STOPPED
from engine.store.location import DEFAULT_STORE


def main() -> int:
    """Measure what is asked and print a table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.predict", description=__doc__)
    parser.add_argument("what", choices=("pages", "loop", "batch"))
    parser.add_argument("--store-dir", type=Path, default=DEFAULT_STORE)
    parser.add_argument("--images", type=int, default=1000, help="of each kind of page, or unseen")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--figure", type=Path, help="PNG file for the curves of all pages")
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    asked = parser.parse_args()
    if asked.only and asked.figure:
        parser.error("--figure needs all pages; leave --only out")
    try:
        if asked.what == "pages":
            lines = measure_pages(
                asked.store_dir, asked.images, only=asked.only, figure=asked.figure
            )
        elif asked.what == "loop":
            lines = measure_loop(asked.store_dir, asked.images)
        else:
            lines = measure_batches(asked.store_dir, asked.counts)
        for line in lines:
            print(line, flush=True)
    except PlainError as error:
        print(error, file=sys.stderr)
        return STOPPED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
