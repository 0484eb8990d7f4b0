"""The former name of ``python -m benchmarks.cost``, kept for one version."""

import sys

from benchmarks.cost.__main__ import main

if __name__ == "__main__":
    sys.stderr.write("benchmarks.run is now benchmarks.cost; the old name goes in version 1.2.\n")
    sys.exit(main())
