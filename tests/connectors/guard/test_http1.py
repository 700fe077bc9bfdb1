"""How answers of HTTP/1.1 are framed: by a length, in chunks, or by the connection's end."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from connectors.errors import FetchError
from connectors.guard.exchange import _translating
from connectors.guard.http1 import OwnConnection, _Answer
from connectors.guard.mending import mend
from connectors.guard.messages import Request
from tests.connectors.guard.support import HOST, URL, always, client_of, read_head

CHUNKED = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: 3"
TWICE = LENGTH + b"\r\nContent-Length: 4"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"


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


# Each breaks a rule; browsers show all of them.
ODD = {
    "a length twice": HEAD + LENGTH + b"\r\n" + LENGTH + b"\r\n\r\nabc",
    "a length listed twice": HEAD + b"Content-Length: 3, 3\r\n\r\nabc",
    "an empty length": HEAD + b"Content-Length:\r\n\r\nabc",
    "a length beside chunks": HEAD + b"Content-Length: 99\r\n" + CHUNKED + b"\r\n\r\n" + CHUNKS,
    "no coding": HEAD + b"Transfer-Encoding: identity\r\n" + LENGTH + b"\r\n\r\nabc",
    "a folded header": HEAD + b"X: a;\r\n b;\r\n\tc\r\n" + LENGTH + b"\r\n\r\nabc",
    "a space before a colon": HEAD + b"Content-Length : 3\r\n\r\nabcdef",
    "a space in a name": HEAD + b"X Y: z\r\n" + LENGTH + b"\r\n\r\nabc",
    "a line of no header": HEAD + HEAD + b"warning\r\n" + LENGTH + b"\r\n\r\nabc",
    "a control character": HEAD + b"X: a\x01b\r\n" + LENGTH + b"\r\n\r\nabc",
    "carriage returns twice": HEAD[:-1] + b"\r\n" + LENGTH + b"\r\r\n\r\r\nabc",
    "oddity after a hint": b"HTTP/1.1 103 Hints\r\n\r\n" + HEAD + b"warning\r\n\r\nabc",
    "an odd hint": b"HTTP/1.1 103 Hints\r\nwarning\r\n\r\n" + HEAD + LENGTH + b"\r\n\r\nabc",
    "spaces around a size": HEAD + CHUNKED + b"\r\n\r\n3  \r\nabc\r\n0  \r\n\r\n",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_a_body_is_found_where_browsers_find_it(data: bytes) -> None:
    assert body_of(data) == b"abc"


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_an_odd_answer_may_come_in_any_pieces(data: bytes) -> None:
    answer = _Answer()
    answer.begin()

    for byte in data:
        answer.feed(bytes([byte]))
    if not answer.is_over:
        answer.feed(b"")

    assert (answer.status, b"".join(answer.pieces)) == (200, b"abc")


def test_what_was_searched_for_the_end_of_a_head_is_not_searched_again() -> None:
    head = HEAD + b"warning\r\n\r\nabc"

    # As it is sent byte by byte; the end may have begun before the last of them.
    found = [mend(head[: at + 1], looked_through=at) is not None for at in range(len(head))]
    assert found.index(True) == len(head) - len(b"abc") - 1
    assert mend(head, looked_through=len(head)) is None


def test_a_folded_header_is_one() -> None:
    answer = _Answer()

    answer.feed(HEAD + b"Content-Type: text/html;\r\n charset=utf-8\r\n\r\n")

    assert answer.headers == [(b"Content-Type", b"text/html;  charset=utf-8")]


def test_the_connection_of_an_odd_answer_is_not_used_again() -> None:
    connections = 0

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await read_head(reader)
            writer.write(ODD["a length twice"])
            await writer.drain()

    async def run() -> None:
        async with client_of(handle, trusted_hosts=frozenset({HOST})) as client:
            for _ in range(2):
                assert (await client.get_bytes(URL, max_bytes=9, deadline_s=5))[1] == b"abc"

    asyncio.run(run())
    assert connections == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\nabc", "network"),
        (HEAD + CHUNKED + b"\r\n\r\n5\r\nabc", "network"),
        (HEAD + CHUNKED + b"\r\n\r\nfive\r\nabc", "bad_response"),
        (HEAD + TWICE + b"\r\n\r\nabcd", "bad_response"),
        (HEAD + b"Content-Length: 3, 4\r\n\r\nabc", "bad_response"),
        (HEAD + b"Content-Length : 5\r\n\r\nabc", "network"),
        (HEAD + b"Content-Length: -3\r\n\r\nabc", "bad_response"),
        (HEAD + b"A: b\0c\r\n\r\nabc", "bad_response"),
        (HEAD + b"Content-Length\0: 5\r\n\r\nabc", "bad_response"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "network"),
    ],
    ids=[
        "cut",
        "cut chunk",
        "no size",
        "two lengths",
        "lengths",
        "cut odd",
        "negative",
        "nul",
        "nul in a name",
        "hints alone",
    ],
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
