"""A proxy without a port: its connections are pairs of sockets, so that a spy sees all others."""

import asyncio
import base64
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address

from connectors.guard import Dialer, Endpoint, Resolver
from connectors.guard.dialing import GuardedStream
from connectors.web.browser.proxy import FilteringProxy
from connectors.web.browser.values import RenderLimits

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoResolver:
    """Knows no name, and says so with an error that no test expects."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        raise AssertionError(f"{host} was looked up")


class LeadingDialer(Dialer):
    """Judges as always, then connects to a loopback port instead."""

    def __init__(self, port: int, resolver: Resolver) -> None:
        super().__init__(resolver=resolver)
        self._there = Endpoint(IPv4Address("127.0.0.1"), port)

    async def connect(self, endpoints: Sequence[Endpoint]) -> GuardedStream:
        return await super().connect([self._there])


def proxy_over(
    dialer: Dialer | None = None, *, head_time_limit_s: float = 5, **changes: int
) -> FilteringProxy:
    """Return a proxy that looks no name up, or one over a dialer."""
    return FilteringProxy(
        dialer or Dialer(resolver=NoResolver()),
        RenderLimits(**changes),  # type: ignore[arg-type]
        head_time_limit_s=head_time_limit_s,
    )


@asynccontextmanager
async def connection_to(proxy: FilteringProxy) -> AsyncGenerator[Streams]:
    """Connect to a proxy as a browser does."""
    ours, theirs = socket.socketpair()
    serving = asyncio.create_task(_serve(proxy, theirs))
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _serve(proxy: FilteringProxy, sock: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=sock, limit=64 * 1024)
    await proxy._serve(reader, writer)


def credentials(proxy: FilteringProxy) -> bytes:
    """Return the header line that a browser of this proxy sends."""
    pair = base64.b64encode(f"{proxy.username}:{proxy.password}".encode())
    return b"Proxy-Authorization: Basic " + pair + b"\r\n"


async def ask(proxy: FilteringProxy, line: bytes, rest: bytes = b"") -> bytes:
    """Send one request with the right credentials; return all that comes back."""
    return await send(proxy, line + b"\r\n" + credentials(proxy) + rest + b"\r\n")


async def send(proxy: FilteringProxy, data: bytes) -> bytes:
    """Send bytes, and return all that comes back."""
    async with connection_to(proxy) as (reader, writer), asyncio.timeout(5):
        writer.write(data)
        received = bytearray()
        try:
            while piece := await reader.read(65536):
                received += piece
        except OSError:
            received += b"<reset>"
        return bytes(received)


def status_of(answer: bytes) -> int:
    """Return the status of an answer, 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0
