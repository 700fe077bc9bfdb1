"""Messages between two processes of ours, over one socket.

They are pickled, which is for those alone who trust each other as much as themselves.
"""

import asyncio
import pickle
from collections.abc import Callable
from typing import Any, Final

_LENGTH_BYTES: Final = 4


class Line(asyncio.Protocol):
    """One end. What is sent in one turn of the loop travels together, and what may wait for it."""

    def __init__(self, take: Callable[[Any], object]) -> None:
        """Prepare.

        Args:
            take: is given each message, and None when the other end is gone.
        """
        self._take = take
        self._to_send: list[Any] = []
        self._flushing: asyncio.TimerHandle | None = None
        self._come = bytearray()
        self._transport: asyncio.Transport | None = None
        self._has_room = asyncio.Event()
        self._has_room.set()

    def send(self, *message: Any, within_s: float = 0.0) -> None:
        """Send a message, soon; into nowhere where the other end is gone.

        Args:
            within_s: how long it may wait for others to travel with; it overtakes none.
        """
        self._to_send.append(message)
        due_at = asyncio.get_running_loop().time() + within_s
        if self._flushing is not None:
            if self._flushing.when() <= due_at:
                return
            self._flushing.cancel()
        self._flushing = asyncio.get_running_loop().call_at(due_at, self._flush)

    async def drain(self) -> None:
        """Wait until the other end has taken most of what was sent."""
        await self._has_room.wait()

    def rest(self) -> None:
        """Take nothing more, so that who sends soon has to wait."""
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Take what comes."""
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # sockets have no others
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._come += data
        at = 0
        while (end := self._end_of(at)) <= len(self._come):
            messages = pickle.loads(self._come[at + _LENGTH_BYTES : end])  # noqa: S301  # see above
            at = end
            for message in messages:
                self._take(message)
        del self._come[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._has_room.set()
        self._take(None)

    def pause_writing(self) -> None:
        self._has_room.clear()

    def resume_writing(self) -> None:
        self._has_room.set()

    def _end_of(self, at: int) -> int:
        """Return where the frame at ``at`` ends; beyond all that has come if that is not known."""
        start = at + _LENGTH_BYTES
        if start > len(self._come):
            return start
        return start + int.from_bytes(self._come[at:start], "big")

    def _flush(self) -> None:
        messages, self._to_send, self._flushing = self._to_send, [], None
        if self._transport is not None:
            try:
                frame = pickle.dumps(messages, pickle.HIGHEST_PROTOCOL)
            except Exception:
                # Who waits for it is better told that nothing comes.
                self.close()
                raise
            self._transport.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
