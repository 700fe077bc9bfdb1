"""The proxy below the browser: every request of a page passes here, by the guard or not at all.

Chromium resolves no name and opens no connection but to this proxy. Each request is checked as
text, its name is resolved once, every answer is judged, and the connection is made to exactly
what was judged; a redirect is a new request, and judged anew.
"""

import asyncio
import base64
import contextlib
import hmac
import secrets
from collections.abc import Collection
from types import TracebackType
from typing import Final, Self

from connectors.errors import AddressRefusedError, ConnectorError, FetchError
from connectors.guard import CheckedURL, Dialer, check_url
from connectors.web.browser import relay
from connectors.web.browser.listening import stop_listening
from connectors.web.browser.requests import CONNECT, BadRequestError, ProxyRequest, parse_head
from connectors.web.browser.tally import OverLimitError, Tally
from connectors.web.browser.values import RenderLimits

HEAD_TIME_LIMIT_S: Final = 10.0
MAX_HEAD_BYTES: Final = 64 * 1024
# Names an answer as the proxy's own; those of servers are stripped of it.
OWN_ANSWER: Final = "proxy-status"

_CHALLENGE: Final = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="magpie"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class FilteringProxy:
    """Serves one browser on a loopback port of its own, until it is left.

    Attributes:
        port: on 127.0.0.1.
        username: without it and the password, which are made for this proxy, nobody is served.
        password: see ``username``.
        tally: what passed and what was refused.
    """

    def __init__(
        self,
        dialer: Dialer,
        limits: RenderLimits,
        *,
        stand_ins: Collection[str] = (),
        head_time_limit_s: float = HEAD_TIME_LIMIT_S,
    ) -> None:
        self.port = 0
        self.username, self.password = "render", secrets.token_urlsafe(32)
        self.tally = Tally(limits.max_bytes, limits.max_requests)
        self._dialer, self._limits, self._stand_ins = dialer, limits, stand_ins
        self._head_time_limit_s = head_time_limit_s
        self._tasks: set[asyncio.Task[None]] = set()
        pair = f"{self.username}:{self.password}".encode()
        self._credentials = b"Basic " + base64.b64encode(pair)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await stop_listening(self._server)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self._limits.max_connections:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # asyncio runs this as a task
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
            await _end(writer)
        except (asyncio.CancelledError, OverLimitError, *relay.TRANSPORT_ERRORS):
            # It broke off: the browser must not take what came for the whole. A cancellation ends
            # here, too, as nobody waits for this task but the proxy, which is being left.
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._head_time_limit_s):
                request = parse_head(await reader.readuntil(b"\r\n\r\n"))
        except (asyncio.LimitOverrunError, BadRequestError) as exc:
            status = getattr(exc, "status", "431 Request Header Fields Too Large")
            self.tally.note_refusal()
            writer.write(_refusal(status, "http_request_error"))
            return
        if not self._is_known(request):
            writer.write(_CHALLENGE)
            return
        await self._answer_known(request, reader, writer)

    def _is_known(self, request: ProxyRequest) -> bool:
        given = request.header("proxy-authorization").encode("latin-1")
        return hmac.compare_digest(given, self._credentials)

    async def _answer_known(
        self, request: ProxyRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        way = relay.Way(self._dialer, self.tally, reader, writer)
        url: CheckedURL | None = None
        try:
            self.tally.take_request()
            url = self._check(request)
            if request.method == CONNECT:
                await way.tunnel(url)
            else:
                await way.forward(request, url)
        except (ConnectorError, OverLimitError, *relay.TRANSPORT_ERRORS) as exc:
            if way.is_answered and not isinstance(exc, OverLimitError):
                # Either side may end what it began; nobody was refused.
                raise ConnectionAbortedError from exc
            error = self._explain(exc)
            # Text that did not pass the check is not the name of an origin.
            self.tally.note_refusal(f"{url.host}:{url.port}" if url else request.target, error)
            if way.is_answered:
                raise
            writer.write(_refusal(*_status_of(error)))

    def _explain(self, error: Exception) -> ConnectorError:
        if isinstance(error, OverLimitError):
            return self.tally.over_limit()
        return error if isinstance(error, ConnectorError) else relay.explain(error)

    def _check(self, request: ProxyRequest) -> CheckedURL:
        if request.method != CONNECT:
            url = check_url(request.target, stand_ins=self._stand_ins)
            if url.scheme != "http":
                raise AddressRefusedError("Only a tunnel leads to https.", reason="scheme")
            return url
        url = check_url(f"https://{request.target}", stand_ins=self._stand_ins)
        # The text must be a host and the port, with nothing that a URL could have beside them.
        if request.target.lower() not in _authorities(url):
            raise AddressRefusedError("A tunnel leads to a host's port 443.", reason="port")
        if self._dialer.has_stand_in(url.host, url.port):
            raise FetchError("A stand-in does not speak TLS.", fetch_code="network")
        return url


def _authorities(url: CheckedURL) -> tuple[str, ...]:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return (
        (f"{host}:{relay.HTTPS_PORT}", f"{host}.:{relay.HTTPS_PORT}")
        if url.port == relay.HTTPS_PORT
        else ()
    )


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _refusal(status: str, reason: str) -> bytes:
    lines = (
        f"HTTP/1.1 {status}",
        f"{OWN_ANSWER.title()}: magpie; error={reason}",
        "Content-Length: 0",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _status_of(error: ConnectorError) -> tuple[str, str]:
    if isinstance(error, AddressRefusedError):
        return "403 Forbidden", "destination_ip_prohibited"
    code = error.fetch_code if isinstance(error, FetchError) else ""
    if code == "payload_too_large":
        return "403 Forbidden", "proxy_configuration_refused"
    if code == "source_timeout":
        return "504 Gateway Timeout", "connection_timeout"
    return "502 Bad Gateway", "destination_unavailable"
