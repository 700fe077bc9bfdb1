"""TCP and TLS on asyncio's own transports: what httpcore reads from and writes to.

httpcore's own backend is anyio's, which enters a scope of cancellation and yields to the loop at
each step; for a bulk of small answers that is a third of all work. Limits and addresses are not
decided here: see `dialing`.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore

# What a server sends ahead of its being read is held up to here.
MOST_AHEAD_BYTES: Final = 256 * 1024


async def connect(host: str, port: int, *, within_s: float) -> "Socket":
    """Connect to an address.

    Raises:
        httpcore.ConnectError: nobody answers there.
        httpcore.ConnectTimeout: nor anywhere on the way, in time.
    """
    loop = asyncio.get_running_loop()
    with _translated(httpcore.ConnectError, httpcore.ConnectTimeout):
        async with asyncio.timeout(within_s):
            _, protocol = await loop.create_connection(_Protocol, host, port)
    return Socket(protocol)


class _Protocol(asyncio.Protocol):
    """Keeps what comes until it is read."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.has_ended = self.is_lost = False
        self.error: Exception | None = None
        self.transport: asyncio.Transport
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._is_full = self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP and TLS have no others
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > MOST_AHEAD_BYTES and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """Take note of the end; the other direction stays open where the protocol allows it."""
        self.has_ended = True
        _wake(self._reader)
        return self.transport.get_extra_info("ssl_object") is None

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_ended = self.is_lost = True
        self.error = self.error or exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        _wake(self._writer)

    async def take(self, most: int) -> bytes:
        """Return what has come, once something has; nothing at the end."""
        while not self.buffer:
            if self.error is not None:
                raise self.error
            if self.has_ended:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        taken = bytes(self.buffer[:most])
        del self.buffer[:most]
        if self._is_paused and len(self.buffer) <= MOST_AHEAD_BYTES // 2:
            self._is_paused = False
            self.transport.resume_reading()
        return taken

    async def drain(self) -> None:
        """Wait until there is room for more to be sent."""
        while self._is_full and not self.is_lost:
            self._writer = asyncio.get_running_loop().create_future()
            await self._writer
        if self.is_lost:
            raise self.error or ConnectionResetError


class Socket(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, protocol: _Protocol) -> None:
        self._protocol = protocol

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        with _translated(httpcore.ReadError, httpcore.ReadTimeout):
            if timeout is None:
                return await self._protocol.take(max_bytes)
            async with asyncio.timeout(timeout):
                return await self._protocol.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        if not buffer:
            return
        with _translated(httpcore.WriteError, httpcore.WriteTimeout):
            if self._protocol.is_lost or self._protocol.transport.is_closing():
                raise self._protocol.error or ConnectionResetError
            self._protocol.transport.write(buffer)
            async with asyncio.timeout(timeout):
                await self._protocol.drain()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> "Socket":
        protocol = self._protocol
        loop = asyncio.get_running_loop()
        with _translated(httpcore.ConnectError, httpcore.ConnectTimeout):
            if protocol.buffer:
                # It would be taken for something that was said under the certificate.
                raise ConnectionResetError("The server spoke before its turn.")
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    protocol.transport, protocol, ssl_context, server_hostname=server_hostname
                )
            if transport is None:
                raise ConnectionResetError
        protocol.transport = transport
        return Socket(protocol)

    async def aclose(self) -> None:
        transport = self._protocol.transport
        transport.close()
        try:
            # What is left to send goes out if it can at once.
            await asyncio.sleep(0)
        finally:
            transport.abort()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # Something came, or the end did, although nothing was asked for.
            return bool(self._protocol.buffer) or self._protocol.has_ended
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._protocol.transport.get_extra_info(names.get(info, info))


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


@contextmanager
def _translated(error: type[Exception], time_out: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as exc:
        raise time_out(str(exc)) from exc
    except (OSError, ssl.SSLError) as exc:
        raise error(str(exc)) from exc
