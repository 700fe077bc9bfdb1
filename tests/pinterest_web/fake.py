"""A stand-in for Pinterest's own web endpoints, on loopback: it remembers whom it let in.

It has the habits of the real one: a page gives a session of cookies, which ends; the endpoint asks
for the handler's header since 2025, answers what is gone with 404 and a code of its own, sends a
page where it wants people to sign in, limits how often it is asked, and is at times slow, away, or
silent. It runs in a thread of its own, or as a process: ``python -m tests.pinterest_web.serve``.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from connectors.web.browser.listening import stop_listening
from tests.pinterest_web.pins import detailed

HOST = "www.pinterest.com"
# For a browser: Chromium knows the real name as one that is never asked without TLS, which no
# stand-in speaks.
BROWSABLE_HOST = "www.pinterest.example"
HANDLER = "www/pin/[id].js"
JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
REASONS = {200: "OK", 302: "Found", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
Reply = tuple[int, str, bytes, tuple[str, ...]]


class FakeWeb:
    """The site's state; a test changes it while it is asked.

    Attributes:
        latency_s, jitter_s: of each answer of the endpoint.
        is_endless: every id is a pin, but those of ``gone``; else only those of ``pins``.
        gone: answered with 404.
        related: ids that are answered with the pin of another id.
        secret: ids that nobody may see: 403 whatever the session.
        moved: ids that are answered with the way to another address.
        lacks_endpoint: what it has besides pages answers 404, whatever is asked for.
        walled, broken, hanging: ids answered with a page to sign in, half an answer, or never.
        flaky: how often each id is answered with 503 first.
        storms: the endpoint refuses everybody.
        is_walled, is_away, is_hanging: all ids are.
        most_per_window, window_s: above, 429 with ``retry_after_s``.
        session_life_s, session_requests: when a session ends; None for never.
        asked: how often each id was asked for; ``statuses`` of the endpoint's answers.
        pages: how many sessions were given.
    """

    def __init__(self, *pin_ids: str, is_endless: bool = False) -> None:
        self.pins = set(pin_ids)
        self.is_endless = is_endless
        self.latency_s = self.jitter_s = 0.0
        self.gone: set[str] = set()
        self.related: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.lacks_endpoint = False
        self.secret: set[str] = set()
        self.walled: set[str] = set()
        self.broken: set[str] = set()
        self.hanging: set[str] = set()
        self.flaky: Counter[str] = Counter()
        self.storms = self.is_walled = self.is_away = self.is_hanging = False
        self.most_per_window: int | None = None
        self.window_s, self.retry_after_s = 1.0, 1
        self.session_life_s: float | None = None
        self.session_requests: int | None = None
        self.robots = ""
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.headers: dict[str, str] = {}
        self.pages = self.under_way = self.most_under_way = 0
        self.latency_of: Callable[[int], float] | None = None
        self.connections: set[asyncio.Transport] = set()
        self._sessions: dict[str, tuple[float, list[int]]] = {}
        self._window = (0.0, 0)
        self._random = random.Random(7)

    def end_sessions(self) -> None:
        """Forget who was let in."""
        self._sessions.clear()

    def open_session(self) -> str:
        """Let somebody in; return the cookies."""
        self.pages += 1
        token = f"hush-csrf-{self.pages}"
        self._sessions[token] = (time.monotonic(), [0])
        return f"csrftoken={token}; _pinterest_sess=hush-session-{self.pages}"

    def wait_s(self) -> float:
        """Return how long the endpoint takes for an answer that it begins with now."""
        if self.latency_of is not None:
            return self.latency_of(self.under_way)
        return max(0.0, self.latency_s + self._random.uniform(-self.jitter_s, self.jitter_s))

    def reply(self, path: str, query: str, headers: dict[str, str]) -> Reply | None:
        """Answer a request; None for never."""
        if path == "/resource/PinResource/get/":
            return self._resource(query, headers)
        if path == "/robots.txt":
            return (200, "text/plain", self.robots.encode(), ())
        if path.startswith("/pin/") or path == "/":
            return self._page()
        return (404, HTML, b"<title>Nothing here</title>", ())

    def _page(self) -> Reply:
        cookies = self.open_session().split("; ")
        life = (
            "" if self.session_life_s is None else f"; Max-Age={max(int(self.session_life_s), 1)}"
        )
        state = b'{"context":{"app_version":"a1b2c3d"},"initialReduxState":{"pins":{}}}'
        page = (
            b'<!DOCTYPE html><title>A pin</title><script id="__PWS_DATA__" type="application/json">'
        )
        sent = tuple(f"Set-Cookie: {cookie}; Path=/{life}" for cookie in cookies)
        return (200, HTML, page + state + b"</script><p>Hello</p>", sent)

    def _resource(self, query: str, headers: dict[str, str]) -> Reply | None:
        self.headers = headers
        options = orjson.loads(parse_qs(query)["data"][0])["options"]
        assert options["field_set_key"] == "detailed"
        pin_id = options["id"]
        self.asked[pin_id] += 1
        if self.is_hanging or pin_id in self.hanging:
            return None
        reply = self._refusal(headers) or self._trouble(pin_id) or self._pin(pin_id)
        self.statuses[reply[0]] += 1
        return reply

    def _refusal(self, headers: dict[str, str]) -> Reply | None:
        if headers.get("x-pinterest-pws-handler") != HANDLER:
            return (403, "text/plain", b"Invalid Resource Request", ())
        if self._is_over():
            told = (f"Retry-After: {self.retry_after_s}",)
            return failure(429, 8, "You have been asking too often", *told)
        if self.storms or not self._is_let_in(headers):
            return failure(403, 3, "Invalid session")
        return None

    def _is_over(self) -> bool:
        if self.most_per_window is None:
            return False
        began, count = self._window
        if time.monotonic() - began > self.window_s:
            began, count = time.monotonic(), 0
        self._window = (began, count + 1)
        return count >= self.most_per_window

    def _is_let_in(self, headers: dict[str, str]) -> bool:
        token = headers.get("x-csrftoken", "")
        known = self._sessions.get(token)
        if known is None or f"csrftoken={token}" not in headers.get("cookie", ""):
            return False
        began, count = known
        count[0] += 1
        if self.session_requests is not None and count[0] > self.session_requests:
            return False
        return self.session_life_s is None or time.monotonic() - began < self.session_life_s

    def _trouble(self, pin_id: str) -> Reply | None:
        if self.is_away or self.flaky[pin_id] > 0:
            self.flaky[pin_id] -= 1
            return (503, HTML, b"<title>Over capacity</title>", ())
        if self.is_walled or pin_id in self.walled:
            return (200, HTML, b"<!DOCTYPE html><title>Log in to see more</title>", ())
        if pin_id in self.secret:
            return failure(403, 12, "You are not permitted to access that resource")
        return None

    def _pin(self, pin_id: str) -> Reply:
        if self.lacks_endpoint:
            return failure(404, 11, "Resource not found")
        if pin_id in self.moved:
            return (302, HTML, b"", (f"Location: {self.moved[pin_id]}",))
        if pin_id in self.gone or not (self.is_endless or pin_id in self.pins):
            return failure(404, 50, "Pin not found")
        body = answer_of(self.related.get(pin_id, pin_id), asked=pin_id)
        return (200, JSON, body[: len(body) // 2] if pin_id in self.broken else body, ())


def answer_of(pin_id: str, *, asked: str) -> bytes:
    """Return what the endpoint says of a pin."""
    return orjson.dumps(
        {
            "resource_response": {
                "status": "success",
                "code": 0,
                "message": "ok",
                "endpoint_name": "v3_get_pin",
                "http_status": 200,
                "data": detailed(pin_id),
            },
            "resource": {"name": "PinResource", "options": {"id": asked}},
            "client_context": {"user": {"username": "hush-person"}},
            "request_identifier": "1",
        }
    )


def failure(status: int, code: int, message: str, *headers: str) -> Reply:
    """Return a refusal in the endpoint's words."""
    error = {"status": "failure", "http_status": status, "code": code, "message": message}
    told = {"status": "failure", "code": code, "http_status": status, "data": None, "error": error}
    return (status, JSON, orjson.dumps({"resource_response": told}), headers)


class _Connection(asyncio.Protocol):
    """Reads requests one after the other, and answers each in its time."""

    def __init__(self, web: FakeWeb) -> None:
        self._web, self._data = web, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._web.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._web.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head, self._data = self._data[:end].decode("latin-1"), self._data[end + 4 :]
            self._answer(head)

    def _answer(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        target = first.split(" ")[1]
        parts = urlsplit(target)
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        web = self._web
        reply = web.reply(unquote(parts.path), parts.query, headers)
        if reply is None:
            return
        web.under_way += 1
        web.most_under_way = max(web.most_under_way, web.under_way)
        wait_s = web.wait_s() if parts.path.startswith("/resource/") else 0.0
        if wait_s:
            asyncio.get_running_loop().call_later(wait_s, self._send, reply)
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self._web.under_way -= 1
        status, media_type, body, further = reply
        lines = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Trouble')}",
            f"Content-Type: {media_type}",
            f"Content-Length: {len(body)}",
            *further,
        )
        if not self._transport.is_closing():
            self._transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


async def serve(web: FakeWeb, told: Callable[[int], None], until: asyncio.Event) -> None:
    """Serve until then; tell the port first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(web), "127.0.0.1", 0)
    told(server.sockets[0].getsockname()[1])
    try:
        await until.wait()
    finally:
        await stop_listening(server)
        for transport in tuple(web.connections):
            transport.abort()
        # One that is aborted is closed in the next turn.
        await asyncio.sleep(0)


@contextmanager
def serving(web: FakeWeb) -> Iterator[int]:
    """Serve in a thread of its own; yield the port."""
    ready, found = threading.Event(), [0]
    loop = asyncio.new_event_loop()
    until = asyncio.Event()

    def told(port: int) -> None:
        found[0] = port
        ready.set()

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(serve(web, told, until))

    thread = threading.Thread(target=run, name="fake-pinterest", daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(until.set)
        thread.join(10)


def settings_for(port: int, *, host: str = HOST) -> dict[str, Any]:
    """Return the settings that lead to the stand-in."""
    return {
        "FETCH_HOST_MAP": {host: f"127.0.0.1:{port}"},
        "PINTEREST_WEB_URL": f"https://{host}",
    }
