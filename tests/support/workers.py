"""Which worker runs which tests when they run side by side."""

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

SHARED = "digits_run"  # the fixture of the one whole run that many files look at


class ByFileAndSharedRun(LoadFileScheduling):
    """Keeps the tests of a file together, and all files that look at the shared run.

    xdist's own ``--dist loadgroup`` does nothing with pytest 9.2: it sets an attribute that pytest
    no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return SHARED if asks_for_shared_run(Path(self.config.rootpath) / file) else file


@cache
def asks_for_shared_run(path: Path) -> bool:
    """Whether a function of a file takes the fixture of the shared run."""
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    return re.search(rf"^def \w+\([^)]*\b{SHARED}\b", text, re.MULTILINE) is not None
