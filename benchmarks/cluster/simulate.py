"""One simulated search in a process of its own, which a worker need not import.

``python -m benchmarks.cluster.simulate FOLDER SCHEDULER SETTINGS SECONDS`` runs as many settings
times three folds, each fit as long as it is told, and prints what that cost as JSON.
"""

import json
import sys
from pathlib import Path

from benchmarks.cluster.simulated import search


def main() -> None:
    """Measure once, as the command line says."""
    folder, scheduler, n_settings, seconds = sys.argv[1:]
    found = search(Path(folder), scheduler, int(n_settings), float(seconds))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
