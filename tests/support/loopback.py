"""Servers on loopback that answer as a test tells them: well, badly, by halves or never.

One of them has OpenML's JSON interface, with answers as OpenML documents them.
"""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

import numpy as np

SEARCH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
DESCRIPTION = "/api/v1/json/data/554"
ARFF_PATH = "/data/v1/download/52667/mnist_784.arff"
DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Reply:
    """What a path answers: `manner` says whether the body comes whole, by halves or never."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/octet-stream"
    encoding: str | None = None
    manner: Literal["whole", "half", "drip", "hang"] = "whole"


HTML = Reply(b"<!doctype html><title>Log in to the Wi-Fi</title>", content_type="text/html")
NOT_FOUND = Reply(b"no such file", status=404, content_type="text/plain")
BROKEN = Reply(b"sorry", status=500, content_type="text/plain")
SILENT = Reply(manner="hang")

Replies = Mapping[str, Reply | list[Reply]]


@dataclass
class Loopback:
    """A running server: its base URL and the paths it was asked for, in order."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(replies: Replies | Callable[[str], Replies]) -> Iterator[Loopback]:
    """Answer each path with its reply, and every other path with 404.

    A list is used up reply by reply, its last one staying. A function gets the base URL and
    returns the replies.
    """
    closing = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    server.block_on_close = False
    running = Loopback(f"http://127.0.0.1:{server.server_port}")
    known = dict(replies(running.url) if callable(replies) else replies)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urlsplit(self.path).path
            running.asked.append(path)
            reply = known.get(path, NOT_FOUND)
            if isinstance(reply, list):
                reply = reply.pop(0) if len(reply) > 1 else reply[0]
            with suppress(ConnectionError):
                _send(self, reply, closing)

        def log_message(self, *_):
            pass

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield running
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _send(handler: BaseHTTPRequestHandler, reply: Reply, closing: threading.Event) -> None:
    if reply.manner == "hang":
        closing.wait()
        return
    handler.send_response(reply.status)
    handler.send_header("Content-Type", reply.content_type)
    handler.send_header("Content-Length", str(len(reply.body)))
    if reply.encoding:
        handler.send_header("Content-Encoding", reply.encoding)
    handler.end_headers()
    if reply.manner == "half":
        handler.wfile.write(reply.body[: len(reply.body) // 2])
    elif reply.manner == "drip":
        for byte in reply.body:
            if closing.wait(DRIP_SECONDS):
                return
            handler.wfile.write(bytes([byte]))
    else:
        handler.wfile.write(reply.body)


def arff(images: np.ndarray, labels: np.ndarray) -> bytes:
    """Write images, uint8 (n, 28, 28), and labels as OpenML's ``mnist_784.arff``."""
    table = [str(value).encode() for value in range(256)]
    lines = [b"@RELATION mnist_784", b""]
    lines += [f"@ATTRIBUTE pixel{number} real".encode() for number in range(1, 785)]
    lines += [b"@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", b"", b"@DATA"]
    rows = np.column_stack([images.reshape(len(images), -1), labels])
    lines += [b",".join([table[value] for value in row]) for row in rows.tolist()]
    return b"\n".join(lines) + b"\n"


def openml_replies(url: str, document: bytes) -> dict[str, Reply | list[Reply]]:
    """Answer as OpenML does for ``mnist_784``, version 1, with this ARFF document."""
    description = {
        "id": "554",
        "name": "mnist_784",
        "version": "1",
        "description": "Handwritten digits.",
        "format": "ARFF",
        "status": "active",
        "url": url + ARFF_PATH,
        "file_id": "52667",
        "default_target_attribute": "class",
        "md5_checksum": hashlib.md5(document, usedforsecurity=False).hexdigest(),
    }
    listed = {"did": 554, "name": "mnist_784", "version": 1, "status": "active", "format": "ARFF"}
    return {
        SEARCH: _json({"data": {"dataset": [listed]}}),
        DESCRIPTION: _json({"data_set_description": description}),
        ARFF_PATH: Reply(gzip.compress(document, compresslevel=1), encoding="gzip"),
    }


def _json(content: object) -> Reply:
    return Reply(json.dumps(content).encode(), content_type="application/json")
