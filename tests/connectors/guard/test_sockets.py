"""What httpcore reads from and writes to: bounded, and never taken for more than it is."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

import httpcore
import pytest

from connectors.guard.connections import default_ssl_context
from connectors.guard.sockets import MOST_AHEAD_BYTES, Socket, connect
from tests.connectors.guard.support import serving

Handler = Callable[[StreamReader, StreamWriter], Awaitable[None]]


def talk(handler: Handler, scenario: Callable[[Socket], Awaitable[None]]) -> None:
    """Connect to a handler, and let the scenario talk to it."""

    async def run() -> None:
        async with asyncio.timeout(20), serving(handler) as port:
            stream = await connect("127.0.0.1", port, within_s=5)
            try:
                await scenario(stream)
            finally:
                await stream.aclose()

    asyncio.run(run())


async def until_readable(stream: Socket) -> None:
    while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110  # asked as httpcore does
        await asyncio.sleep(0.01)


async def send_without_end(stream: Socket) -> None:
    while True:
        await stream.write(b"x" * 100_000)


def test_what_was_said_in_the_clear_never_counts_as_said_under_tls() -> None:
    async def speak_first(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        await reader.read()

    async def scenario(stream: Socket) -> None:
        await until_readable(stream)
        with pytest.raises(httpcore.ConnectError, match="before its turn"):
            await stream.start_tls(default_ssl_context(), "site.example")

    talk(speak_first, scenario)


def test_who_is_not_read_is_not_held_in_memory() -> None:
    sent = 0

    async def flood(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal sent
        while sent < 64 * 1024**2:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536
        writer.close()

    async def scenario(stream: Socket) -> None:
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.3)
        assert sent < 64 * 1024**2
        assert len(stream._protocol.buffer) <= 2 * MOST_AHEAD_BYTES
        read = 0
        while piece := await stream.read(1024**2):
            read += len(piece)
        assert read == sent == 64 * 1024**2

    talk(flood, scenario)


def test_an_end_is_seen_before_anything_is_asked_for() -> None:
    async def end(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(1)
        writer.close()

    async def scenario(stream: Socket) -> None:
        assert stream.get_extra_info("is_readable") is False
        await stream.write(b"x")
        await until_readable(stream)
        assert await stream.read(9) == b""

    talk(end, scenario)


def test_silence_ends_with_the_time_that_it_is_given() -> None:
    async def be_silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    async def scenario(stream: Socket) -> None:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(9, timeout=0.05)

    talk(be_silent, scenario)


def test_what_cannot_be_sent_any_more_is_an_error() -> None:
    async def reset(reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.abort()

    async def scenario(stream: Socket) -> None:
        await until_readable(stream)
        with pytest.raises(httpcore.WriteError):
            await send_without_end(stream)

    talk(reset, scenario)


def test_nobody_listening_is_an_error_of_connecting() -> None:
    async def scenario() -> None:
        async with serving(lambda reader, writer: asyncio.sleep(0)) as port:
            pass
        with pytest.raises(httpcore.ConnectError):
            await connect("127.0.0.1", port, within_s=5)

    asyncio.run(scenario())
