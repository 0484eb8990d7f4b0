"""What is run: the flows, their configuration and what the terminal shows."""

import gc
import os
import sys
import warnings

if sys.argv[:1] == ["-m"]:  # a command's imports follow: looking for garbage takes 0.2 s of them
    gc.disable()  # `engine.cli.terminal.run_command` looks for it again
# Prefect needs its folder as soon as it is imported, so this comes before any command's imports
if os.path.expanduser("~") == "~":  # noqa: PTH111 - HOME is not set and the system knows no such user
    sys.stderr.write(
        "Asked for the folder of Prefect's database and secret; HOME is not set and this user has "
        "no home. Set HOME to a folder of your own.\n"
    )
    sys.exit(3)
if "prefect" not in sys.modules:  # `engine.server.home` says plainly what this shows with its code
    warnings.filterwarnings("ignore", message="Failed to create the Prefect home directory")
