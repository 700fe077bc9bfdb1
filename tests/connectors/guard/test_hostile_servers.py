"""Servers that mean harm: each fetch ends in time, within little memory, and with its code."""

import asyncio
import gzip
import itertools
import time
import tracemalloc
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable, Iterator, Sequence

import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient, GuardOptions
from tests.connectors.guard.support import (
    URL,
    Handler,
    SocketSpy,
    TableResolver,
    always,
    answer,
    client_of,
    read_head,
    serving,
    target_of,
)

DEADLINE_S = 1.0
# For servers that are seen through before the clock is: it must not be what ends them.
AMPLE_S = 20.0
# Half a second is the promise; a time-out leaves room for whatever else the machine does.
SLACK_S = 3.0
MAX_BYTES = 1_000_000
MEMORY_BYTES = 8_000_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def zeros_in_gzip(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    packed = [packer.compress(bytes(1_000_000)) for _ in range(megabytes)]
    return b"".join([*packed, packer.flush()])


def endless_gzip() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    yield b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    while True:
        yield packer.compress(bytes(1_000_000))


def dripping(parts: Iterable[bytes], *, pause_s: float = 0.02) -> Handler:
    """Make a handler that sends parts with a pause between them."""
    source = iter(parts)

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        await read_head(reader)
        for part in source:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return handle


def endless(start: bytes, repeated: bytes, *, pause_s: float = 0.0) -> Handler:
    return dripping(itertools.chain([start], itertools.repeat(repeated)), pause_s=pause_s)


async def stay_silent(reader: StreamReader, writer: StreamWriter) -> None:
    await reader.read()


async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
    await read_head(reader)


async def redirect_slowly(reader: StreamReader, writer: StreamWriter) -> None:
    hop = int(target_of(await read_head(reader)).strip("/") or 0)
    await asyncio.sleep(0.4)
    writer.write(answer(status="302 Found", headers=[("Location", f"/{hop + 1}")]))


def redirect_to(location: str) -> Handler:
    return always(answer(status="302 Found", headers=[("Location", location)]))


def encoded(body: bytes, *encodings: str) -> Handler:
    return always(answer(body, headers=[("Content-Encoding", one) for one in encodings]))


BOMB = zeros_in_gzip(200)
HOSTILE: dict[str, tuple[Handler, str]] = {
    "gzip bomb": (encoded(BOMB, "gzip"), "payload_too_large"),
    "double gzip": (encoded(gzip.compress(BOMB), "gzip, gzip"), "bad_response"),
    "double gzip in two headers": (encoded(gzip.compress(BOMB), "gzip", "gzip"), "bad_response"),
    "broken gzip": (encoded(b"\x1f\x8b\x08 no", "gzip"), "bad_response"),
    "cut gzip": (encoded(gzip.compress(b"abc" * 99)[:-4], "gzip"), "bad_response"),
    "gzip with a tail": (encoded(gzip.compress(b"abc") + b"tail", "gzip"), "bad_response"),
    "two gzip members": (encoded(gzip.compress(b"abc") * 2, "gzip"), "bad_response"),
    "br": (encoded(b"abc", "br"), "bad_response"),
    "deflate": (encoded(zlib.compress(b"abc"), "deflate"), "bad_response"),
    "endless chunks": (
        endless(CHUNKED, b"4000\r\n" + bytes(0x4000) + b"\r\n"),
        "payload_too_large",
    ),
    "endless body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(0x4000)), "payload_too_large"),
    "chunks with endless extensions": (endless(CHUNKED + b"1;", b"a" * 0x4000), "network"),
    "endless trailers": (endless(CHUNKED + b"0\r\n", b"A: b\r\n" * 999), "network"),
    "slow body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause_s=0.02), "source_timeout"),
    "slow head": (endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", pause_s=0.02), "source_timeout"),
    "big head": (endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 999), "bad_response"),
    "big header": (endless(b"HTTP/1.1 200 OK\r\nA: ", b"b" * 0x4000), "bad_response"),
    "big head at once": (
        always(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 15_000 + b"\r\n"),
        "bad_response",
    ),
    "1xx flood": (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99), "bad_response"),
    "slow 1xx": (
        endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause_s=0.02),
        "source_timeout",
    ),
    "switching protocols": (
        always(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "bad_response",
    ),
    "length too long": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"), "network"),
    "length that is none": (
        always(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"),
        "bad_response",
    ),
    "two lengths": (
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        "bad_response",
    ),
    "silent": (stay_silent, "source_timeout"),
    "hangs up": (hang_up, "network"),
    "not HTTP": (always(b"SSH-2.0-OpenSSH_9.9\r\n"), "bad_response"),
    "HTTP/0.9": (always(b"<html>hello</html>"), "bad_response"),
    "redirect loop": (redirect_to("/"), "bad_response"),
    "slow redirects": (redirect_slowly, "source_timeout"),
}


async def timed(
    client: GuardedClient, url: str, *, max_bytes: int, deadline_s: float = DEADLINE_S
) -> tuple[Exception, float]:
    """Fetch into nowhere; return the failure, and the seconds until it came."""
    start = time.monotonic()
    with pytest.raises((FetchError, AddressRefusedError)) as caught:
        await client.download(url, to=len, max_bytes=max_bytes, deadline_s=deadline_s)
    return caught.value, time.monotonic() - start


async def attack(
    handler: Handler, *, max_bytes: int = MAX_BYTES, deadline_s: float = DEADLINE_S
) -> tuple[Exception, float]:
    async with client_of(handler) as client:
        return await timed(client, URL, max_bytes=max_bytes, deadline_s=deadline_s)


@pytest.fixture
def _little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < MEMORY_BYTES


@pytest.mark.usefixtures("_little_memory")
class TestHostileServers:
    @pytest.mark.parametrize(("handler", "code"), HOSTILE.values(), ids=HOSTILE.keys())
    def test_end_in_time_with_a_code(self, handler: Handler, code: str) -> None:
        deadline_s = DEADLINE_S if code == "source_timeout" else AMPLE_S

        error, seconds = asyncio.run(attack(handler, deadline_s=deadline_s))

        assert isinstance(error, FetchError)
        assert error.fetch_code == code
        assert seconds < deadline_s + SLACK_S

    @pytest.mark.parametrize(
        "handler",
        [
            endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(0x4000)),
            endless(CHUNKED, b"1\r\nx\r\n" * 2000),
            dripping(endless_gzip(), pause_s=0.0),
        ],
        ids=["body", "tiny chunks", "gzip"],
    )
    def test_that_keep_the_client_busy_end_at_the_deadline(self, handler: Handler) -> None:
        error, seconds = asyncio.run(attack(handler, max_bytes=10**12))

        assert isinstance(error, FetchError)
        assert error.fetch_code == "source_timeout"
        assert seconds < DEADLINE_S + SLACK_S

    def test_a_redirect_into_the_own_network_is_refused(self) -> None:
        error, _ = asyncio.run(attack(redirect_to("http://127.0.0.1/")))

        assert isinstance(error, AddressRefusedError)

    def test_a_tls_handshake_that_never_ends_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)

        async def scenario() -> tuple[Exception, float]:
            async with serving(stay_silent) as port:
                spy.ports = (port, port)
                resolver = TableResolver({"site.org": [["151.101.0.84"]]})
                async with GuardedClient(GuardOptions(), resolver=resolver) as client:
                    return await timed(client, "https://site.org/", max_bytes=99)

        error, seconds = asyncio.run(scenario())

        assert isinstance(error, FetchError)
        assert error.fetch_code == "source_timeout"
        assert seconds < DEADLINE_S + SLACK_S

    def test_a_name_server_that_never_answers_is_left(self) -> None:
        class Silent:
            async def resolve(self, host: str, port: int) -> Sequence[str]:
                await asyncio.sleep(60)
                return []

        async def scenario() -> tuple[Exception, float]:
            async with GuardedClient(GuardOptions(), resolver=Silent()) as client:
                return await timed(client, "http://site.org/", max_bytes=99)

        error, seconds = asyncio.run(scenario())

        assert isinstance(error, FetchError)
        assert error.fetch_code == "source_timeout"
        assert seconds < DEADLINE_S + SLACK_S

    def test_more_than_announced_is_cut_off(self) -> None:
        async def scenario() -> bytes:
            data = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"
            async with client_of(always(data)) as client:
                return (await client.get_bytes(URL, max_bytes=99, deadline_s=5))[1]

        assert asyncio.run(scenario()) == b"abc"
