"""From the browser to the server and back: one plain request, or one tunnel."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from typing import Any, Final, cast

import httpcore

from connectors.errors import FetchError
from connectors.guard import CheckedURL, Dialer, GuardedBackend, GuardedStream
from connectors.web.browser.requests import ProxyRequest, end_to_end
from connectors.web.browser.tally import Tally

# A page that waits longer for one answer is taken without it.
IDLE_TIME_LIMIT_S: Final = 15.0
HTTPS_PORT: Final = 443
MAX_UPLOAD_BYTES: Final = 1024**2
TRANSPORT_ERRORS: Final = (
    OSError,
    EOFError,
    TimeoutError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)

_PIECE_BYTES: Final = 64 * 1024
_SWITCHING: Final = 101
_TLS_HANDSHAKE: Final = b"\x16\x03"
# Another way to the server, which would not lead through the proxy.
_DROPPED: Final = frozenset({"alt-svc"})


class Way:
    """The way of one connection of the browser to one server.

    Attributes:
        is_answered: the browser has been sent the beginning of an answer.
    """

    def __init__(
        self,
        dialer: Dialer,
        tally: Tally,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._dialer, self._tally = dialer, tally
        self._reader, self._writer = reader, writer
        self.is_answered = False

    async def forward(self, request: ProxyRequest, url: CheckedURL) -> None:
        """Ask the server, and pass its answer on."""
        if request.body_bytes > MAX_UPLOAD_BYTES:
            raise FetchError("The page sends too much.", fetch_code="payload_too_large")
        origin = httpcore.Origin(b"http", url.host.encode(), url.port)
        connection = httpcore.AsyncHTTPConnection(
            origin, network_backend=GuardedBackend(self._dialer)
        )
        try:
            response = await connection.handle_async_request(self._onward(request, url))
            await self._pass_on(response)
        finally:
            await connection.aclose()

    async def tunnel(self, url: CheckedURL) -> None:
        """Connect the browser with the server, and carry what they say to each other."""
        stream = await self._dialer.dial(url.host, url.port)
        stream.become_tunnel()
        try:
            self._writer.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            self.is_answered = True
            async with asyncio.timeout(IDLE_TIME_LIMIT_S):
                hello = await self._reader.readexactly(len(_TLS_HANDSHAKE))
            if hello != _TLS_HANDSHAKE:
                raise FetchError("A tunnel carries TLS only.", fetch_code="bad_response")
            await stream.write(hello, IDLE_TIME_LIMIT_S)
            await _first_to_end(self._carry_up(stream), self._carry_down(stream))
        finally:
            await stream.aclose()

    def _onward(self, request: ProxyRequest, url: CheckedURL) -> httpcore.Request:
        # A stand-in of an https site is asked for by the name that the site has there.
        has_stand_in = self._dialer.has_stand_in(url.host, url.port)
        host = url.host if has_stand_in else url.authority
        limits = dict.fromkeys(("connect", "read", "write"), IDLE_TIME_LIMIT_S)
        return httpcore.Request(
            request.method.encode(),
            httpcore.URL(
                scheme=b"http", host=url.host.encode(), port=url.port, target=url.target.encode()
            ),
            headers=[
                (b"host", host.encode()),
                *request.onward_headers(),
                (b"connection", b"close"),
            ],
            content=self._body_of(request),
            extensions={"timeout": limits},
        )

    async def _body_of(self, request: ProxyRequest) -> AsyncIterator[bytes]:
        left = request.body_bytes
        while left:
            async with asyncio.timeout(IDLE_TIME_LIMIT_S):
                piece = await self._reader.read(min(left, _PIECE_BYTES))
            if not piece:
                raise EOFError
            self._tally.take_bytes(len(piece))
            left -= len(piece)
            yield piece

    async def _pass_on(self, response: httpcore.Response) -> None:
        if response.status == _SWITCHING:
            raise FetchError("The server changes the protocol.", fetch_code="bad_response")
        stream = response.extensions["network_stream"]
        if isinstance(stream, GuardedStream):
            stream.begin_body()
        headers = tuple((name.decode("latin-1").lower(), value) for name, value in response.headers)
        kept = [*end_to_end(headers, besides=_DROPPED), (b"connection", b"close")]
        kept = [(name, self._leading(name, value)) for name, value in kept]
        reason = response.extensions.get("reason_phrase", b"")
        lines = [b"HTTP/1.1 %d %s" % (response.status, reason)]
        lines += [b"%s: %s" % header for header in kept]
        self.is_answered = True
        await self._send(b"\r\n".join(lines) + b"\r\n\r\n")
        async for piece in cast("AsyncIterable[bytes]", response.stream):
            await self._send(piece)

    def _leading(self, name: bytes, value: bytes) -> bytes:
        """Return a header's value; a redirect to a stand-in's https leads to its plain HTTP."""
        if name != b"location" or not value.startswith(b"https://"):
            return value
        authority, slash, rest = value.removeprefix(b"https://").partition(b"/")
        host = authority.removesuffix(b":443").decode("latin-1").lower()
        if not self._dialer.has_stand_in(host, HTTPS_PORT):
            return value
        return f"http://{host}:{HTTPS_PORT}".encode("latin-1") + slash + rest

    async def _carry_up(self, stream: GuardedStream) -> None:
        while piece := await self._reader.read(_PIECE_BYTES):
            self._tally.take_bytes(len(piece))
            await stream.write(piece, IDLE_TIME_LIMIT_S)

    async def _carry_down(self, stream: GuardedStream) -> None:
        # A connection that is kept for a later request is silent for as long as the page likes.
        while piece := await stream.read(_PIECE_BYTES):
            await self._send(piece)

    async def _send(self, piece: bytes) -> None:
        self._tally.take_bytes(len(piece))
        self._writer.write(piece)
        await self._writer.drain()


async def _first_to_end(*ways: Coroutine[Any, Any, None]) -> None:
    """Run both, until one ends or fails; the other is broken off."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def explain(error: Exception) -> FetchError:
    """Return what a broken connection means for the page."""
    if isinstance(error, (TimeoutError, httpcore.TimeoutException)):
        return FetchError("The site did not answer in time.", fetch_code="source_timeout")
    if isinstance(error, httpcore.ProtocolError):
        return FetchError("The site's answer breaks the rules of HTTP.", fetch_code="bad_response")
    return FetchError("The site could not be reached.", fetch_code="network")
