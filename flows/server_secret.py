"""The secret to sign in to the Prefect UI: ``python -m flows.server_secret`` prints it."""

import sys

from engine.server.secret import main

if __name__ == "__main__":
    sys.exit(main())
