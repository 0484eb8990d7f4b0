"""Which tests ran and passed, how often something was tried and how often it held.

The workers of a parallel session count apart; what each sends at its end is added up.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEAD = ("what was done", "tried", "held")


@dataclass
class Ran:
    """How many tests of each marker passed, and how many tests were skipped."""

    passed: dict[str, int] = field(default_factory=dict)
    skipped: int = 0

    def passed_with(self, markers: Collection[str]) -> None:
        """Count one test that passed under each of its markers."""
        for marker in markers:
            self.passed[marker] = self.passed.get(marker, 0) + 1

    def proves(self, demanded: Collection[str]) -> bool:
        """Whether a test of each demanded marker passed and no test at all was skipped."""
        return not self.skipped and all(self.passed.get(marker) for marker in demanded)

    def add_up(self, sent: dict[str, Any]) -> None:
        """Add what a worker sent of its own."""
        self.skipped += sent["skipped"]
        for marker, n_passed in sent["passed"].items():
            self.passed[marker] = self.passed.get(marker, 0) + n_passed


@dataclass
class Counts:
    """Counts by what was done, and facts of single measurements in words."""

    tried: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, *, tried: int = 0, held: int = 0) -> None:
        """Add to one row; say `tried` before and `held` after, so that a failure shows."""
        self.tried[what] = self.tried.get(what, 0) + tried
        self.held[what] = self.held.get(what, 0) + held

    def note(self, what: str, found: str) -> None:
        """Keep one measured fact, in words."""
        self.facts[what] = found

    def add_up(self, sent: dict[str, Any]) -> None:
        """Add what a worker sent of its own."""
        for what, tried in sent["tried"].items():
            self.add(what, tried=tried, held=sent["held"][what])
        self.facts |= sent["facts"]

    def table(self) -> str:
        """Return all counts as a markdown table, in the order they came."""
        rows = [HEAD, ("---", "--:", "--:")]
        rows += [(what, str(self.tried[what]), str(self.held[what])) for what in self.tried]
        rows += [(what, found, "") for what, found in self.facts.items()]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def write(self, folder: Path) -> Path:
        """Write the counts as JSON and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        path = folder / "counts.json"
        path.write_text(json.dumps({"ended": now, **asdict(self)}, indent=2) + "\n")
        return path


Count = Callable[..., None]
