"""A page of the strictest policy, as a bookmark and an extension find it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.product.ports import LOOPBACK

POLICY = "default-src 'none'; script-src 'none'; base-uri 'none'; form-action 'none'"
TITLE = "A page that lets nothing run"
WORDS = "Words that somebody has selected"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the base class names it
        body = f"<!doctype html><title>{TITLE}</title><p id=words>{WORDS}</p>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def strict_site() -> Iterator[str]:
    """Serve the page for as long as the context; yield its address."""
    site = ThreadingHTTPServer((LOOPBACK, 0), _Handler)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{site.server_port}/strict"
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
