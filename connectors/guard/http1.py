"""HTTP/1.1: one request at a time over one guarded connection.

The protocol is h11's. httpcore's own connection, which has it too, is made for whatever loop there
is: its locks and scopes of anyio take as long as all that h11 does.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Final, Self

import h11
import httpcore

from connectors.guard.dialing import GuardedStream
from connectors.guard.messages import Request, Response

_READ_BYTES: Final = 64 * 1024
# More than a guarded stream lets a head have.
_MAX_EVENT_BYTES: Final = 100 * 1024
_SWITCHING_PROTOCOLS: Final = 101
Connect = Callable[[], Awaitable[GuardedStream]]


class OwnConnection:
    """A connection for one request after another."""

    def __init__(self, connect: Connect, *, keep_alive_s: float) -> None:
        """Prepare; it is made with the first request."""
        self._connect, self._keep_alive_s = connect, keep_alive_s
        self._stream: GuardedStream | None = None
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_EVENT_BYTES)
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
        stream = self._stream = self._stream or await self._connect()
        with _translated():
            # A server that refuses may answer without reading on.
            with suppress(httpcore.WriteError):
                await stream.write(self._packed(request))
            head = await self._next_event(stream)
            while isinstance(head, h11.InformationalResponse):
                if head.status_code == _SWITCHING_PROTOCOLS:
                    raise httpcore.RemoteProtocolError("The server takes up another protocol.")
                head = await self._next_event(stream)
        assert isinstance(head, h11.Response)  # noqa: S101  # nothing else comes first
        return Response(head.status_code, head.headers.raw_items(), _Body(self, stream), stream)

    async def take_piece(self, stream: GuardedStream) -> bytes | None:
        """Return the next piece of the body; None at its end."""
        with _translated():
            event = await self._next_event(stream)
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def end_answer(self) -> None:
        """Be ready for another request, if the answer was read to its end; else hang up."""
        is_read = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        # What was said unasked would be taken for the answer to the next request.
        if is_read and not self._h11.trailing_data[0]:
            self._h11.start_next_cycle()
            self._idle_since = time.monotonic()
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Hang up."""
        self._idle_since = None
        if self._stream is not None:
            await self._stream.aclose()

    def _packed(self, request: Request) -> bytes:
        head = h11.Request(method=request.method, target=request.target, headers=request.headers)
        body = [] if request.form is None else [h11.Data(request.form)]
        sent = [self._h11.send(event) for event in (head, *body, h11.EndOfMessage())]
        return b"".join(filter(None, sent))

    async def _next_event(self, stream: GuardedStream) -> object:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            self._h11.receive_data(await stream.read(_READ_BYTES))
        return event


class _Body:
    """See `messages.Body`."""

    def __init__(self, connection: OwnConnection, stream: GuardedStream) -> None:
        self._connection, self._stream = connection, stream

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        while (piece := await self._connection.take_piece(self._stream)) is not None:
            yield piece

    async def aclose(self) -> None:
        await self._connection.end_answer()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except h11.RemoteProtocolError as exc:
        raise httpcore.RemoteProtocolError(str(exc)) from exc
    except h11.LocalProtocolError as exc:
        raise httpcore.LocalProtocolError(str(exc)) from exc
