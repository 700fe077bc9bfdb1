"""A site of pictures with every kind of trouble, until it is made well."""

import io
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from config.product.ports import LOOPBACK

HOST = "pictures.trouble.example"
# A site that asks to slow down is left alone as a whole: it is another.
BUSY_HOST = "busy.trouble.example"
# What the site does at which path while it is troubled; any other path has its picture.
LIMITS, BREAKS, TALKS, HANGS, RESETS = (
    "/limits.jpg",
    "/breaks.jpg",
    "/talks.jpg",
    "/hangs.jpg",
    "/resets.jpg",
)
TROUBLES = (LIMITS, BREAKS, TALKS, HANGS, RESETS)


def url_of(path: str) -> str:
    """Return the address of a picture."""
    return f"https://{BUSY_HOST if path == LIMITS else HOST}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: "TroubledSite"

    def do_GET(self) -> None:  # the base class names it
        trouble = "" if self.server.is_well.is_set() else self.path
        if trouble == LIMITS:
            self._answer(429, b"Slow down.", "text/plain", {"Retry-After": "10"})
        elif trouble == BREAKS:
            self._answer(500, b"Out of order.", "text/plain")
        elif trouble == TALKS:
            self._answer(200, b"<!doctype html><title>Sign in</title>", "text/html")
        elif trouble == HANGS:
            self.server.is_over.wait()
        elif trouble == RESETS:
            # An end with bytes outstanding and no time to linger is a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        else:
            self._answer(200, self.server.picture, "image/jpeg")

    def _answer(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class TroubledSite(ThreadingHTTPServer):
    """The site.

    Attributes:
        is_well: it gives a picture at every address from then on.
        is_over: lets go of whoever hangs.
    """

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.is_well, self.is_over = threading.Event(), threading.Event()
        file = io.BytesIO()
        Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
        self.picture = file.getvalue()

    @property
    def host_map(self) -> str:
        """What leads its hosts here, as ``FETCH_HOST_MAP`` has it."""
        return ",".join(f"{host}={LOOPBACK}:{self.server_port}" for host in (HOST, BUSY_HOST))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who gave up waiting reads no answer."""


@contextmanager
def troubled_site() -> Iterator[TroubledSite]:
    """Serve the site for as long as the context."""
    site = TroubledSite()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        site.is_over.set()
        site.shutdown()
        site.server_close()
        thread.join()
