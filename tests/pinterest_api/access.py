"""An account of the stand-in: over loopback, or straight from memory."""

import dataclasses
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from connectors.base import Asking
from connectors.errors import ReconnectError
from connectors.guard import Answer
from tests.connectors.memory import MemoryAccess
from tests.pinterest_api.fake import CLIENT, FakePinterest


@dataclasses.dataclass
class DirectClient:
    """Asks the stand-in without a network."""

    fake: FakePinterest

    async def ask(self, url: str, *, token: str = "", max_bytes: int, deadline_s: float) -> Answer:
        target = "/" + url.split("/", 3)[3]
        reply = self.fake.answer("GET", target, {"authorization": f"Bearer {token}"})
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, reply.media_type, headers, reply.content)


class FakeAccess(MemoryAccess):
    """Takes its tokens from the stand-in, and refreshes them there."""

    def __init__(self, fake: FakePinterest, client: Asking | None = None) -> None:
        super().__init__(client or DirectClient(fake), tokens=["pina_first"])
        self._fake, self._refresh_token = fake, "pinr.first"

    async def token(self, *, refused: str = "") -> str:
        if refused and refused == self.tokens[0]:
            found = refresh(self._fake, self._refresh_token)
            self.tokens, self._refresh_token = [found["access_token"]], found["refresh_token"]
        return self.tokens[0]


def refresh(fake: FakePinterest, refresh_token: str) -> dict[str, Any]:
    """Exchange a refresh token.

    Raises:
        ReconnectError: it was used before, or revoked.
    """
    asked = urlencode({"grant_type": "refresh_token", "refresh_token": refresh_token})
    basic = b64encode(":".join(CLIENT).encode()).decode()
    reply = fake.answer(
        "POST", "/v5/oauth/token", {"authorization": f"Basic {basic}"}, asked.encode()
    )
    if reply.status != 200:
        raise ReconnectError("Reconnect the account.")
    body: dict[str, Any] = reply.body
    return body


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakePinterest) -> None:
        self.fake, self.turn = fake, threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:  # the base class names it
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.turn:
            reply = self.server.fake.answer(self.command, self.path, headers, body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    do_POST = do_GET  # noqa: N815  # the base class names it

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(fake: FakePinterest) -> Iterator[int]:
    """Serve the stand-in on loopback, below ``/v5``; yield the port."""
    server = _Server(fake)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
