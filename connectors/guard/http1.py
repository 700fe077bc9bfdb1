"""HTTP/1.1: one request at a time over one guarded connection.

Answers are read by httptools, which is llhttp, the parser of Node.js. httpcore's own connection, on
h11, takes two fifths of the processor time of an exchange for the same.
"""

import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Final, Self

import httpcore
import httptools

from connectors.guard.dialing import GuardedStream
from connectors.guard.mending import FRAMES, mend
from connectors.guard.messages import Request, Response

_READ_BYTES: Final = 64 * 1024
# What comes between two pieces of a body, such as extensions of chunks.
_MAX_FRAMING_BYTES: Final = 128 * 1024
_FIRST_FINAL_STATUS: Final = 200
# What a target or a header must not hold: it would begin another.
_BREAKS: Final = re.compile(rb"[\x00\r\n]")
Connect = Callable[[], Awaitable[GuardedStream]]


class OwnConnection:
    """A connection for one request after another."""

    def __init__(self, connect: Connect, *, keep_alive_s: float) -> None:
        """Prepare; it is made with the first request."""
        self._connect, self._keep_alive_s = connect, keep_alive_s
        self._stream: GuardedStream | None = None
        self._answer = _Answer()
        self._idle_since: float | None = None

    @classmethod
    def over(cls, stream: GuardedStream, *, keep_alive_s: float) -> Self:
        """Return a connection that is made already."""

        async def connect() -> GuardedStream:
            return stream

        made = cls(connect, keep_alive_s=keep_alive_s)
        made._stream, made._idle_since = stream, time.monotonic()
        return made

    def is_idle(self) -> bool:
        """Say whether the last answer was read to its end, and another may be asked for."""
        return self._idle_since is not None

    def has_expired(self) -> bool:
        """Say whether it has been idle for too long, or the server has spoken or left since."""
        if self._idle_since is None or self._stream is None:
            return False
        is_old = time.monotonic() - self._idle_since > self._keep_alive_s
        return is_old or bool(self._stream.get_extra_info("is_readable"))

    async def send(self, request: Request) -> Response:
        """Send a request; return its answer, with the body still to be read.

        Raises:
            httpcore.NetworkError, httpcore.TimeoutException: the connection fails.
            httpcore.ProtocolError: the answer is none.
            As `Dialer.resolve_and_judge` and `Dialer.connect`, with the first request.
        """
        self._idle_since = None
        packed = _packed(request)
        stream = self._stream = self._stream or await self._connect()
        # A server that refuses may answer without reading on.
        with suppress(httpcore.WriteError):
            await stream.write(packed)
        answer = self._answer
        answer.begin()
        while not answer.has_head:
            answer.feed(await stream.read(_READ_BYTES))
        return Response(answer.status, answer.headers, _Body(self, stream), stream)

    async def take_piece(self, stream: GuardedStream) -> bytes | None:
        """Return the next piece of the body; None at its end.

        Raises:
            httpcore.ReadError: it breaks off.
            httpcore.RemoteProtocolError: it is framed wrongly.
        """
        answer = self._answer
        while not answer.pieces and not answer.is_over:
            answer.feed(await stream.read(_READ_BYTES))
        if not answer.pieces:
            return None
        piece = b"".join(answer.pieces)
        answer.pieces.clear()
        return piece

    async def end_answer(self) -> None:
        """Be ready for another request, if that is possible; else hang up."""
        if self._answer.leaves_room():
            self._idle_since = time.monotonic()
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Hang up."""
        self._idle_since = None
        if self._stream is not None:
            await self._stream.aclose()


class _Answer:
    """What has come of the answer to the last request; called back by the parser.

    Attributes:
        status: of the final answer; 0 before.
        has_head: whether status and headers are complete.
        pieces: of the body, not taken yet.
        is_over: whether the body is complete.
    """

    def __init__(self) -> None:
        self._parser = _parser_for(self)
        self.begin()

    def begin(self) -> None:
        """Expect another answer."""
        self.status, self.has_head, self.is_over = 0, False, False
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self._keeps_alive = self._has_more = self._is_odd = False
        self._framing_bytes = 0
        # What came, up to the end of the head: it may have to be mended.
        self._begun = b""

    def feed(self, data: bytes) -> None:
        """Take what has come, or nothing at the end of the connection.

        Raises:
            httpcore.RemoteProtocolError: it breaks the rules, or breaks off.
        """
        if not data:
            self._end()
            return
        self._framing_bytes += len(data)
        if self.has_head:
            self._parse(data)
        else:
            self._parse_head(data)
        if self._framing_bytes > _MAX_FRAMING_BYTES:
            raise httpcore.RemoteProtocolError("The answer consists of its own framing.")

    def leaves_room(self) -> bool:
        """Say whether another request may follow: what was said unasked would be its answer."""
        return self.is_over and self._keeps_alive and not (self._has_more or self._is_odd)

    def _parse_head(self, data: bytes) -> None:
        """Take what has come of the head; what is refused is mended, and judged again."""
        looked_through = len(self._begun) if self._is_odd else 0
        self._begun += data
        if not self._is_odd:
            try:
                self._parse(data)
            except httpcore.RemoteProtocolError:
                if self.has_head or not self._begun.startswith(b"HTTP/"):
                    raise
                self._is_odd, self._parser = True, _parser_for(self)
                self.headers.clear()
        if self._is_odd:
            self._parse_mended(looked_through)
        if self.has_head:
            self._begun = b""

    def _parse_mended(self, looked_through: int) -> None:
        while not self.has_head and (mended := mend(self._begun, looked_through)) is not None:
            head, self._begun = mended
            looked_through = 0
            self._parse(head)
        if self.has_head and self._begun:
            self._parse(self._begun)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            # What comes after the answer is none of it.
            self._has_more = True
            if not self.is_over:
                raise httpcore.RemoteProtocolError(str(exc)) from exc

    def _end(self) -> None:
        if any(name.lower() in FRAMES for name, _ in self.headers):
            raise httpcore.RemoteProtocolError("The answer breaks off.")
        self.is_over = True

    def on_message_begin(self) -> None:
        self._has_more = self.is_over

    def on_header(self, name: bytes, value: bytes) -> None:
        # Those behind the body say nothing that is asked for.
        if not self.has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.has_head:
            return
        if status < _FIRST_FINAL_STATUS:
            # More is to come; how much of that is bounded with the head.
            self.headers.clear()
        else:
            self.status, self.has_head = status, True

    def on_body(self, piece: bytes) -> None:
        self._framing_bytes = 0
        if not self.is_over:
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.has_head and not self.is_over:
            self.is_over, self._keeps_alive = True, self._parser.should_keep_alive()


class _Body:
    """See `messages.Body`."""

    def __init__(self, connection: OwnConnection, stream: GuardedStream) -> None:
        self._connection, self._stream = connection, stream

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        while (piece := await self._connection.take_piece(self._stream)) is not None:
            yield piece

    async def aclose(self) -> None:
        await self._connection.end_answer()


def _parser_for(answer: _Answer) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(answer)
    # As servers do, and browsers take.
    parser.set_dangerous_leniencies(
        lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
    )
    return parser


def _packed(request: Request) -> bytes:
    """Return a request as it is sent.

    Raises:
        httpcore.LocalProtocolError: it would be two.
    """
    head = [request.method + b" " + request.target + b" HTTP/1.1"]
    head += [name + b": " + value for name, value in request.headers]
    if any(_BREAKS.search(line) for line in head) or b" " in request.target:
        raise httpcore.LocalProtocolError("A header holds what ends it.")
    return b"\r\n".join(head) + b"\r\n\r\n" + (request.form or b"")
