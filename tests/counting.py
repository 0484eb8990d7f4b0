"""How often something was tried and how often it held: the table of `make reliability`."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HEAD = ("what was done", "tried", "held")


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
