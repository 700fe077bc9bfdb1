"""How answers of HTTP/1.1 are framed: by a length, in chunks, or by the connection's end."""

import asyncio

import pytest

from connectors.errors import FetchError
from connectors.guard.exchange import _translating
from connectors.guard.http1 import OwnConnection
from connectors.guard.messages import Request
from tests.connectors.guard.support import URL, always, client_of

CHUNKED = b"Transfer-Encoding: chunked"
TWICE = b"Content-Length: 3\r\nContent-Length: 4"
HEAD = b"HTTP/1.1 200 OK\r\n"


def body_of(data: bytes) -> bytes:
    """Return the body that a client finds in what a server sends."""

    async def scenario() -> bytes:
        async with client_of(always(data)) as client:
            return (await client.get_bytes(URL, max_bytes=999, deadline_s=5))[1]

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Length: 3\r\n\r\nabc",
        HEAD + b"\r\nabc",
        HEAD + CHUNKED + b"\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nTrailer: z\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        b"HTTP/1.0 200 OK\r\n\r\nabc",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 \r\ncontent-LENGTH: 3\r\n\r\nabcdef",
    ],
    ids=["length", "end", "chunks", "line feeds", "HTTP/1.0", "hints", "more than announced"],
)
def test_a_body_is_found(data: bytes) -> None:
    assert body_of(data) == b"abc"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\nabc", "network"),
        (HEAD + CHUNKED + b"\r\n\r\n5\r\nabc", "network"),
        (HEAD + CHUNKED + b"\r\n\r\nfive\r\nabc", "bad_response"),
        (HEAD + TWICE + b"\r\n\r\nabcd", "bad_response"),
        (HEAD + CHUNKED + b"\r\nContent-Length: 3\r\n\r\nabc", "bad_response"),
        (HEAD + b"Content-Length: -3\r\n\r\nabc", "bad_response"),
        (HEAD + b"A\0b: c\r\n\r\nabc", "bad_response"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "network"),
    ],
    ids=["cut", "cut chunk", "no size", "two lengths", "both", "negative", "nul", "hints alone"],
)
def test_what_is_framed_wrongly_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(FetchError) as refused:
        body_of(data)
    assert refused.value.fetch_code == code


@pytest.mark.parametrize(
    "request_",
    [
        Request(b"/a\r\nX: y", [(b"Host", b"a")]),
        Request(b"/a b", [(b"Host", b"a")]),
        Request(b"/", [(b"Host", b"a"), (b"User-Agent", b"me\r\nCookie: no")]),
        Request(b"/", [(b"Host", b"a\nb")]),
    ],
    ids=["target", "space", "header", "line feed"],
)
def test_nothing_is_sent_that_would_be_two_requests(request_: Request) -> None:
    async def never() -> None:
        raise AssertionError

    connection = OwnConnection(never, keep_alive_s=1)  # type: ignore[arg-type]  # not connected
    with pytest.raises(FetchError), _translating(protocol_code="bad_response"):
        asyncio.run(connection.send(request_))
