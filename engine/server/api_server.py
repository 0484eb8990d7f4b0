"""Prefect's API server as this project runs it: one process, on loopback, closed to others.

`engine.server.processes` starts it and hands it the listening socket and, in its environment, the
settings and the secret. It answers under the name 127.0.0.1 alone. `localhost` is no name of its
own: a browser tries ``::1`` for it first, where another user of the machine may listen.
"""

import argparse
import os
import socket
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from filelock import FileLock

from engine.run.exit_codes import BAD_OPTION

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

DESCRIPTIONS = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"})


def main() -> int:
    """Serve until a signal or the end of the parent; return the exit code."""
    asked = argparse.ArgumentParser(prog="python -m engine.server.api_server")
    asked.add_argument("--socket", type=int, required=True, help="descriptor that listens")
    asked.add_argument("--lock", help="file that is locked while this server listens")
    options = asked.parse_args()
    if not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        sys.stderr.write("A server without a secret is open to every web page; use flows.ui.\n")
        return BAD_OPTION
    os.umask(0o077)  # the database holds the webhook's address and the key to it
    lock = FileLock(options.lock, mode=0o600) if options.lock else nullcontext()
    with lock:
        serve(socket.socket(fileno=options.socket))
    return 0


class Undescribed:
    """An application that does not describe its interface: Prefect does so without the secret."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request for the description with 404, and pass every other one on."""
        from starlette.responses import PlainTextResponse

        is_description = scope["type"] == "http" and scope["path"] in DESCRIPTIONS
        app = PlainTextResponse("Not Found", 404) if is_description else self._app
        await app(scope, receive, send)


def serve(listening: socket.socket) -> None:
    """Answer at a listening socket."""
    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    host, _ = listening.getsockname()
    # around the app, not in it: the server's own services ask the app by another name
    app = TrustedHostMiddleware(Undescribed(create_app(final=True)), allowed_hosts=[host])
    settings = get_current_settings().server
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_level=settings.logging_level.lower(),
        timeout_keep_alive=settings.api.keepalive_timeout,
        ws_ping_interval=settings.api.websocket_ping_interval,
        ws_ping_timeout=settings.api.websocket_ping_timeout,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    sys.exit(main())
