"""A picture site on loopback that answers when the test lets it, or never."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image


def a_jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "JPEG")
    return file.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "PictureSite"

    def do_GET(self) -> None:  # the base class names it
        self.server.asked.append(self.path)
        self.server.is_let.wait(self.server.answers_after_s)
        if self.server.asks_to_wait is not None:
            self.send_response(429)
            if self.server.asks_to_wait:
                self.send_header("Retry-After", self.server.asks_to_wait)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/none"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.picture)))
        self.end_headers()
        self.wfile.write(self.server.picture)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PictureSite(ThreadingHTTPServer):
    """Gives the same picture at every address; it takes its time for each.

    Attributes:
        is_let: lets all that wait go on at once; used to end the site.
        asks_to_wait: seconds of ``Retry-After`` with the 429 that it then answers; empty where it
            names none.
        asked: the paths, in the order in which they were asked for.
    """

    def __init__(self, answers_after_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers_after_s = answers_after_s
        self.picture = a_jpeg()
        self.is_let = threading.Event()
        self.asks_to_wait: str | None = None
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who gave up waiting reads no answer."""


@contextmanager
def picture_site(*, answers_after_s: float = 0.0) -> Iterator[PictureSite]:
    site = PictureSite(answers_after_s)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.is_let.set()
        site.shutdown()
        site.server_close()
        thread.join()
