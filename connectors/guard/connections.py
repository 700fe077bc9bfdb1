"""Connections between two requests: kept for trusted hosts, closed for all others."""

import asyncio
import ssl
from collections import defaultdict
from functools import cache, partial
from typing import Final

import certifi
import httpcore

from connectors.guard.dialing import CONNECT_TIME_LIMIT_S, Dialer, GuardedStream
from connectors.guard.http1 import OwnConnection
from connectors.guard.http2 import SharedConnection
from connectors.guard.urls import CheckedURL

KEEP_ALIVE_S: Final = 10.0
HTTP_1, HTTP_2 = "http/1.1", "h2"
Connection = OwnConnection | SharedConnection
_Key = tuple[bytes, bytes, int]


@cache
def default_ssl_context(*protocols: str) -> ssl.SSLContext:
    """Verify certificates and host names against certifi's list, whatever the environment says."""
    return _make_ssl_context(certifi.where(), *protocols)


class Connections:
    """Opens a connection for each request, or takes an idle one of a trusted host.

    Requests to a host that speaks HTTP/2, where that is offered to it, share connections. Each new
    connection is resolved and judged by the dialer.
    """

    def __init__(
        self,
        dialer: Dialer,
        *,
        trusted_hosts: frozenset[str],
        http2_hosts: frozenset[str] = frozenset(),
        ca_file: str = "",
    ) -> None:
        self._dialer = dialer
        self._trusted_hosts = trusted_hosts
        self._http2_hosts = http2_hosts & trusted_hosts
        self._ssl_contexts = [
            _make_ssl_context(ca_file, *protocols) if ca_file else default_ssl_context(*protocols)
            for protocols in ((HTTP_1,), (HTTP_2, HTTP_1))
        ]
        self._idle: defaultdict[_Key, list[OwnConnection]] = defaultdict(list)
        self._shared: defaultdict[_Key, list[SharedConnection]] = defaultdict(list)
        self._openings: dict[_Key, asyncio.Task[None]] = {}
        self._without_http2: set[_Key] = set()

    def is_kept_alive(self, url: CheckedURL) -> bool:
        """Say whether the connection of this URL may serve another request."""
        return url.host in self._trusted_hosts

    def origin_of(self, url: CheckedURL) -> httpcore.Origin:
        """Return where the request goes; a stand-in is spoken to without TLS."""
        is_plain = url.scheme == "http" or self._dialer.has_stand_in(url.host, url.port)
        return httpcore.Origin(b"http" if is_plain else b"https", url.host.encode(), url.port)

    async def share(self, url: CheckedURL) -> SharedConnection | None:
        """Return a connection that takes one more request; None where HTTP/1.1 is spoken.

        Raises:
            As `Dialer.resolve_and_judge` and `Dialer.connect`, where a new one cannot be made.
        """
        origin = self.origin_of(url)
        while self._offers_http2(url, origin):
            for connection in await self._living(_key(origin)):
                if connection.has_room():
                    return connection
            if self._offers_http2(url, origin):
                # Whoever gives up here leaves it to the others.
                await asyncio.shield(self._opening(origin))
        return None

    async def take_idle(self, url: CheckedURL) -> OwnConnection | None:
        """Take the connection of this URL's origin that was used last, if one still lives."""
        kept = self._idle[_key(self.origin_of(url))] if self.is_kept_alive(url) else []
        while kept:
            connection = kept.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def open(self, url: CheckedURL) -> OwnConnection:
        """Prepare a connection that is made with the first request on it."""
        return OwnConnection(partial(self._connect, self.origin_of(url)), keep_alive_s=KEEP_ALIVE_S)

    async def give_back(self, url: CheckedURL, connection: Connection) -> None:
        """Keep the connection where that is allowed and possible; close it otherwise."""
        if isinstance(connection, SharedConnection):
            return
        if self.is_kept_alive(url) and connection.is_idle():
            self._idle[_key(self.origin_of(url))].append(connection)
        else:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close what is idle, and what is shared."""
        openings = list(self._openings.values())
        for opening in openings:
            opening.cancel()
        await asyncio.gather(*openings, return_exceptions=True)
        for kept in self._idle.values():
            while kept:
                await kept.pop().aclose()
        for shared in self._shared.values():
            while shared:
                await shared.pop().aclose()

    def _offers_http2(self, url: CheckedURL, origin: httpcore.Origin) -> bool:
        is_offered = origin.scheme == b"https" and url.host in self._http2_hosts
        return is_offered and _key(origin) not in self._without_http2

    async def _living(self, key: _Key) -> list[SharedConnection]:
        """Return the connections to share, without those that serve nobody any more."""
        for connection in list(self._shared[key]):
            if connection.is_broken:
                self._without_http2.add(key)
            if connection.is_over() and connection in self._shared[key]:
                self._shared[key].remove(connection)
                await connection.aclose()
        return self._shared[key]

    def _opening(self, origin: httpcore.Origin) -> "asyncio.Task[None]":
        """Return the one attempt to connect that is under way, or begin it."""
        key = _key(origin)
        if key not in self._openings:
            opening = self._openings[key] = asyncio.create_task(self._open_shared(origin))

            def settle(done: asyncio.Task[None]) -> None:
                del self._openings[key]
                # Where nobody waits any more, nobody needs to know what was wrong.
                _ = done.cancelled() or done.exception()

            opening.add_done_callback(settle)
        return self._openings[key]

    async def _connect(self, origin: httpcore.Origin) -> GuardedStream:
        host = origin.host.decode()
        stream = await self._dialer.dial(host, origin.port)
        if origin.scheme == b"https":
            stream = await stream.start_tls(self._ssl_contexts[0], host)
        return stream

    async def _open_shared(self, origin: httpcore.Origin) -> None:
        """Connect, and see what the server speaks."""
        host = origin.host.decode()
        tcp = await self._dialer.dial(host, origin.port)
        stream = await tcp.start_tls(self._ssl_contexts[1], host, CONNECT_TIME_LIMIT_S)
        if _spoken(stream) == HTTP_2:
            connection = SharedConnection(stream, keep_alive_s=KEEP_ALIVE_S)
            try:
                await connection.greet(within_s=CONNECT_TIME_LIMIT_S)
            finally:
                # Whatever came of it, it is found there, and closed in the end.
                self._shared[_key(origin)].append(connection)
        else:
            self._without_http2.add(_key(origin))
            self._idle[_key(origin)].append(OwnConnection.over(stream, keep_alive_s=KEEP_ALIVE_S))


def _spoken(stream: GuardedStream) -> str | None:
    protocol: str | None = stream.get_extra_info("ssl_object").selected_alpn_protocol()
    return protocol


def _make_ssl_context(ca_file: str, *protocols: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def _key(origin: httpcore.Origin) -> _Key:
    return origin.scheme, origin.host, origin.port
