"""The seconds of each stage of a plain script, printed and kept as JSON."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Stopwatch:
    """Adds up the seconds spent under each name, in the order the names first came."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the block's wall-clock seconds to a stage and print them."""
        start = time.perf_counter()
        yield
        taken = time.perf_counter() - start
        self.seconds[stage] = self.seconds.get(stage, 0.0) + taken
        print(f"{stage}: {taken:.1f} s", flush=True)

    def write(self, path: Path | None) -> None:
        """Write the seconds of every stage as JSON, if a place was given."""
        if path is not None:
            path.write_text(json.dumps(self.seconds, indent=1) + "\n")
