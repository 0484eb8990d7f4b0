"""What a run said in the terminal and left in its folder."""

import re
from pathlib import Path

STAGES = (
    "0-start-here",
    "0a-dataset",
    "0b-augmentation",
    "0c-drift",
    "1-is-it-the-digit",
    "2-precision-against-recall",
    "2b-every-class",
    "3-which-candidate",
    "4-evaluating-the-winner",
    "5-final-scores",
    "5b-confidence",
    "5c-mistakes",
    "5d-importance",
    "5e-robustness",
    "6-champion",
    "7-history",
)
LINE = re.compile(
    r"\[ *\d+/\d+\] (?P<label>.+?): "
    r"(?P<outcome>reused|reused, not selected|would run.*|is missing.*|runs if.*|none: .*"
    r"|stopped after.*|\d[^:]* \(.*\))"
)


def step_lines(output: str) -> dict[str, str]:
    """Map each step's label to what became of it: ``reused`` or a duration and a reason."""
    found = [LINE.fullmatch(line) for line in output.splitlines() if line.startswith("[")]
    return {line["label"]: line["outcome"] for line in found if line}


def newest_output(folders, found="evaluation.json") -> Path:
    """The folder of the last run that came to its end; one that stopped has not `found` this."""
    kept = [path.parent for path in folders[1].glob(f"*/{found}")]
    ended = [folder for folder in kept if not folder.is_symlink()]  # the latest is a link to one
    return max(ended, key=lambda folder: (folder / found).stat().st_mtime)
