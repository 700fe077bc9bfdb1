"""Messages between two processes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from connectors.pinterest_web.lines import Line


class Seen(Line):
    """Notes how many frames came."""

    def __init__(self, take: Callable[[Any], object]) -> None:
        super().__init__(take)
        self.frames = 0

    def data_received(self, data: bytes) -> None:
        self.frames += 1
        super().data_received(data)


@asynccontextmanager
async def connected(other: Line) -> AsyncIterator[Line]:
    """Yield a line to ``other``; both are closed in the end."""
    line, loop = Line(lambda _: None), asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    await loop.create_connection(lambda: line, sock=ours)
    await loop.create_connection(lambda: other, sock=theirs)
    async with asyncio.timeout(5):
        yield line
    line.close()
    other.close()
    await asyncio.sleep(0)


def test_what_cannot_be_sent_ends_the_line() -> None:
    async def scenario() -> Any:
        come: asyncio.Queue[Any] = asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with connected(Line(come.put_nowait)) as line:
            line.send("answer", lambda: 5)
            return await come.get()

    assert asyncio.run(scenario()) is None


def test_what_may_wait_travels_with_others_and_is_overtaken_by_none() -> None:
    come: asyncio.Queue[Any] = asyncio.Queue()
    other = Seen(come.put_nowait)

    async def scenario() -> list[Any]:
        async with connected(other) as line:
            for number in range(3):
                line.send("detail", number, within_s=60)
                await asyncio.sleep(0)
            line.send("over")
            line.send("late", within_s=60)
            return [await come.get() for _ in range(5)]

    came = asyncio.run(scenario())

    assert came == [("detail", 0), ("detail", 1), ("detail", 2), ("over",), ("late",)]
    assert other.frames == 1


def test_what_may_wait_does_not_wait_for_ever() -> None:
    async def scenario() -> Any:
        come: asyncio.Queue[Any] = asyncio.Queue()
        async with connected(Line(come.put_nowait)) as line:
            line.send("detail", within_s=0.01)
            return await come.get()

    assert asyncio.run(scenario()) == ("detail",)
