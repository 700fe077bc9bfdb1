"""Connections between two requests: kept for trusted hosts, closed for all others."""

import ssl
from collections import defaultdict
from functools import cache
from typing import Final

import certifi
import httpcore

from connectors.guard.dialing import Dialer, GuardedBackend
from connectors.guard.urls import CheckedURL

KEEP_ALIVE_S: Final = 10.0
_Key = tuple[bytes, bytes, int]


@cache
def default_ssl_context() -> ssl.SSLContext:
    """Verify certificates and host names against certifi's list, whatever the environment says."""
    return ssl.create_default_context(cafile=certifi.where())


class Connections:
    """Opens a connection for each request, or takes an idle one of a trusted host.

    HTTP/1.1 only. Each new connection is resolved and judged by the dialer.
    """

    def __init__(
        self,
        dialer: Dialer,
        *,
        trusted_hosts: frozenset[str],
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._dialer = dialer
        self._backend = GuardedBackend(dialer)
        self._trusted_hosts = trusted_hosts
        self._ssl_context = ssl_context or default_ssl_context()
        self._idle: defaultdict[_Key, list[httpcore.AsyncHTTPConnection]] = defaultdict(list)

    def is_kept_alive(self, url: CheckedURL) -> bool:
        """Say whether the connection of this URL may serve another request."""
        return url.host in self._trusted_hosts

    def origin_of(self, url: CheckedURL) -> httpcore.Origin:
        """Return where the request goes; a stand-in is spoken to without TLS."""
        is_plain = url.scheme == "http" or self._dialer.has_stand_in(url.host, url.port)
        return httpcore.Origin(b"http" if is_plain else b"https", url.host.encode(), url.port)

    async def take_idle(self, url: CheckedURL) -> httpcore.AsyncHTTPConnection | None:
        """Take the connection of this URL's origin that was used last, if one still lives."""
        kept = self._idle[_key(self.origin_of(url))] if self.is_kept_alive(url) else []
        while kept:
            connection = kept.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def open(self, url: CheckedURL) -> httpcore.AsyncHTTPConnection:
        """Prepare a connection that is made with the first request on it."""
        return httpcore.AsyncHTTPConnection(
            self.origin_of(url),
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=self._backend,
        )

    async def give_back(self, url: CheckedURL, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep the connection where that is allowed and possible; close it otherwise."""
        if self.is_kept_alive(url) and connection.is_idle() and not connection.is_closed():
            self._idle[_key(self.origin_of(url))].append(connection)
        else:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close what is idle."""
        for kept in self._idle.values():
            while kept:
                await kept.pop().aclose()


def _key(origin: httpcore.Origin) -> _Key:
    return origin.scheme, origin.host, origin.port
