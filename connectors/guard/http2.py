"""HTTP/2: several requests at a time over one guarded connection.

httpcore's own does not tell a server which answers nobody waits for any more, loses those under way
when a server winds a connection up, and goes on asking on a connection that fell silent.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

import httpcore
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    InformationalResponseReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings
from hpack import NeverIndexedHeaderTuple

from connectors.guard.dialing import MAX_HEAD_BYTES, GuardedStream
from connectors.guard.frames import GoAway, cut_go_aways
from connectors.guard.messages import Request, Response
from connectors.guard.sockets import MOST_AHEAD_BYTES

MOST_STREAMS: Final = 32
MAX_INTERIM_ANSWERS: Final = 8
_READ_BYTES: Final = 64 * 1024
# So much may come for all streams together; none that is read slowly holds up another.
_WINDOW_BYTES: Final = MOST_STREAMS * MOST_AHEAD_BYTES
_DEFAULT_WINDOW_BYTES: Final = 65_535
# Headers about the connection have no place in HTTP/2, and the host is `:authority`.
_LEFT_OUT: Final = frozenset({b"connection", b"host"})
# No proxy on the way may keep it for its packing.
_UNPACKED: Final = frozenset({b"authorization"})
# What a server says that does not get on with HTTP/2, or with ours.
_BREAKS: Final = frozenset(
    {
        *(ErrorCodes.PROTOCOL_ERROR, ErrorCodes.FLOW_CONTROL_ERROR, ErrorCodes.SETTINGS_TIMEOUT),
        *(ErrorCodes.STREAM_CLOSED, ErrorCodes.FRAME_SIZE_ERROR, ErrorCodes.COMPRESSION_ERROR),
        *(ErrorCodes.INADEQUATE_SECURITY, ErrorCodes.HTTP_1_1_REQUIRED),
    }
)


class UnansweredError(httpcore.ReadError):
    """The answer had not begun, and will not: what was asked may be asked again."""


class _Stream:
    """One request, and what came of its answer."""

    def __init__(self, number: int, *, heard: int) -> None:
        self.number, self.heard = number, heard
        self.head: tuple[int, list[tuple[bytes, bytes]]] | None = None
        # With the bytes that each piece takes of what may come.
        self.pieces: deque[tuple[bytes, int]] = deque()
        self.interim_answers = 0
        self.is_ended = False
        self.error: httpcore.ReadError | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Wait until something came.

        Raises:
            httpcore.ReadError: nothing will.
        """
        if self.error is not None:
            raise self.error
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def wake(self) -> None:
        if self._waiter is not None:
            _settle(self._waiter)

    def fail(self, message: str, *, may_be_asked_again: bool) -> None:
        """End it without the rest of its answer."""
        if not self.is_ended and self.error is None:
            is_unanswered = may_be_asked_again and self.head is None
            self.error = (UnansweredError if is_unanswered else httpcore.ReadError)(message)
            self.wake()


class SharedConnection:
    """A connection that carries several requests at a time, each for itself.

    Attributes:
        is_broken: the server does not get on with HTTP/2, though it offers it.
    """

    def __init__(self, stream: GuardedStream, *, keep_alive_s: float) -> None:
        """Begin to speak HTTP/2 on a stream whose TLS agreed to it, in a running event loop."""
        # Heads are bounded by `MAX_HEADER_LIST_SIZE`.
        stream.become_tunnel()
        self._stream, self._keep_alive_s = stream, keep_alive_s
        self._h2 = _begin()
        self._streams: dict[int, _Stream] = {}
        self.is_broken = False
        self._is_closing = self._has_answered = False
        self._heard, self._used_at = 0, time.monotonic()
        self._unfinished = b""
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sending, self._to_send = asyncio.Lock(), asyncio.Event()
        self._to_send.set()
        self._writer = asyncio.create_task(self._write())
        self._reader = asyncio.create_task(self._read())

    async def greet(self, *, within_s: float) -> None:
        """Wait for the server's settings: before them nobody knows how many it takes at a time.

        A server that sends none in time counts as broken.
        """
        await asyncio.wait([self._greeted], timeout=within_s)
        self.is_broken |= not self._greeted.done()

    def has_room(self) -> bool:
        """Say whether another request may go out on it."""
        most = min(self._h2.remote_settings.max_concurrent_streams, MOST_STREAMS)
        return not (self._is_closing or self.is_broken) and len(self._streams) < most

    def is_over(self) -> bool:
        """Say whether it serves nobody, and will or should not serve anybody."""
        has_expired = time.monotonic() - self._used_at > self._keep_alive_s
        return not self._streams and (has_expired or not self.has_room())

    async def send(self, request: Request) -> Response:
        """Send a request without a body; return its answer, with the body still to be read.

        Raises:
            UnansweredError: it may be sent again, on another connection.
            httpcore.ReadError: the answer failed.
        """
        stream = self._ask(request)
        try:
            while stream.head is None:
                await stream.wait()
        except BaseException:
            self.release(stream)
            raise
        status, headers = stream.head
        return Response(status, headers, _Body(self, stream), self._stream)

    async def take_piece(self, stream: _Stream) -> bytes | None:
        """Return the next piece of a body; None at its end.

        Raises:
            httpcore.ReadError: it breaks off.
        """
        while not stream.pieces:
            if stream.is_ended:
                return None
            await stream.wait()
        piece, size_bytes = stream.pieces.popleft()
        self._acknowledge(stream, size_bytes)
        return piece

    def release(self, stream: _Stream) -> None:
        """Let go of an answer that was read, or that nobody waits for any more."""
        if self._streams.pop(stream.number, None) is None:
            return
        if not stream.is_ended and stream.error is None:
            with suppress(ProtocolError):
                self._h2.reset_stream(stream.number, ErrorCodes.CANCEL)
            if stream.heard == self._heard:
                # Nothing at all came meanwhile: whoever asks next asks on another connection.
                self._is_closing = True
            self._to_send.set()
        self._acknowledge(stream, sum(size_bytes for _, size_bytes in stream.pieces))
        self._used_at = time.monotonic()
        if self._is_closing and not self._streams:
            self._reader.cancel()

    async def aclose(self) -> None:
        """End it, with all that is under way on it."""
        self._reader.cancel()
        self._writer.cancel()
        await asyncio.gather(self._reader, self._writer, return_exceptions=True)
        # A reader that had not begun has not done so.
        await self._stream.aclose()

    def _ask(self, request: Request) -> _Stream:
        if not self.has_room():
            raise UnansweredError("The connection takes no more requests.")
        names = {name.lower(): value for name, value in request.headers}
        headers = [
            (b":method", request.method),
            (b":authority", names[b"host"]),
            (b":scheme", b"https"),
            (b":path", request.target),
            *(
                NeverIndexedHeaderTuple(name, value) if name in _UNPACKED else (name, value)
                for name, value in names.items()
                if name not in _LEFT_OUT
            ),
        ]
        try:
            number = self._h2.get_next_available_stream_id()
            self._h2.send_headers(number, headers, end_stream=True)
        except ProtocolError as exc:
            self._is_closing = True
            raise UnansweredError("The connection takes no more requests.") from exc
        stream = self._streams[number] = _Stream(number, heard=self._heard)
        self._to_send.set()
        return stream

    def _acknowledge(self, stream: _Stream, size_bytes: int) -> None:
        if size_bytes and not self._reader.done():
            with suppress(ProtocolError):
                self._h2.acknowledge_received_data(size_bytes, stream.number)
            self._to_send.set()

    async def _write(self) -> None:
        """Send what there is: all that came up in one turn of the loop goes out at once."""
        with suppress(httpcore.NetworkError):
            while True:
                await self._to_send.wait()
                self._to_send.clear()
                await self._send()

    async def _send(self) -> None:
        async with self._sending:
            if data := self._h2.data_to_send():
                await self._stream.write(data)

    async def _read(self) -> None:
        try:
            while data := await self._stream.read(_READ_BYTES):
                self._heard += 1
                self._hear(data)
                # Who does not read what we answer is not read either.
                await self._send()
        except ProtocolError:
            self.is_broken = True
            with suppress(httpcore.NetworkError):
                await self._send()
        except httpcore.NetworkError:
            pass
        finally:
            # A server that ends the first connection without an answer does not get on with it.
            self.is_broken |= not (self._has_answered or self._is_closing)
            self._is_closing = True
            _settle(self._greeted)
            for stream in self._streams.values():
                stream.fail("The connection ended.", may_be_asked_again=True)
            self._writer.cancel()
            await self._stream.aclose()

    def _hear(self, data: bytes) -> None:
        """Take what came apart.

        Raises:
            ProtocolError: it is no HTTP/2.
        """
        whole, self._unfinished, partings = cut_go_aways(self._unfinished + data)
        for event in self._h2.receive_data(whole):
            if isinstance(event, RemoteSettingsChanged):
                _settle(self._greeted)
            self._take(event)
        for parting in partings:
            self._part(parting)

    def _take(self, event: Event) -> None:
        stream = self._streams.get(getattr(event, "stream_id", None) or 0)
        if stream is None:
            return
        if isinstance(event, ResponseReceived):
            stream.head = _head_of(event)
            self._has_answered = True
        elif isinstance(event, DataReceived):
            stream.pieces.append((event.data or b"", event.flow_controlled_length or 0))
        elif isinstance(event, StreamEnded):
            stream.is_ended = True
        elif isinstance(event, InformationalResponseReceived):
            stream.interim_answers += 1
            if stream.interim_answers > MAX_INTERIM_ANSWERS:
                raise ProtocolError("The server only ever says that it will answer.")
        elif isinstance(event, StreamReset):
            wants_http1 = event.error_code == ErrorCodes.HTTP_1_1_REQUIRED
            self.is_broken |= wants_http1
            self._is_closing |= wants_http1
            is_refused = wants_http1 or event.error_code == ErrorCodes.REFUSED_STREAM
            stream.fail("The server ended the answer.", may_be_asked_again=is_refused)
        stream.wake()

    def _part(self, parting: GoAway) -> None:
        """Ask nothing more here; answers that the server still means to give are waited for."""
        self._is_closing = True
        self.is_broken |= parting.error_code in _BREAKS
        for number, stream in self._streams.items():
            if number > parting.last_stream:
                stream.fail("The server winds up.", may_be_asked_again=True)
        if not self._streams:
            self._reader.cancel()


class _Body:
    """See `messages.Body`."""

    def __init__(self, connection: SharedConnection, stream: _Stream) -> None:
        self._connection, self._stream = connection, stream

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        while (piece := await self._connection.take_piece(self._stream)) is not None:
            yield piece

    async def aclose(self) -> None:
        self._connection.release(self._stream)


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _begin() -> H2Connection:
    # What goes out was checked and is in lower case: see `exchange`.
    config = H2Configuration(
        client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False
    )
    connection = H2Connection(config)
    connection.local_settings = Settings(
        client=True,
        initial_values={
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEAD_BYTES,
            SettingCodes.INITIAL_WINDOW_SIZE: MOST_AHEAD_BYTES,
        },
    )
    # Some servers balk at it.
    del connection.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]
    connection.initiate_connection()
    connection.increment_flow_control_window(_WINDOW_BYTES - _DEFAULT_WINDOW_BYTES)
    return connection


def _head_of(event: ResponseReceived) -> tuple[int, list[tuple[bytes, bytes]]]:
    headers = [(bytes(name), bytes(value)) for name, value in event.headers or []]
    status = next((value for name, value in headers if name == b":status"), b"")
    if len(status) != 3 or not status.isdigit():  # noqa: PLR2004  # of HTTP
        raise ProtocolError("The answer has no status.")
    return int(status), [header for header in headers if not header[0].startswith(b":")]
