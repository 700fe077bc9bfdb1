"""Messages between two processes."""

import asyncio
import socket
from typing import Any

from connectors.pinterest_web.lines import Line


def test_what_cannot_be_sent_ends_the_line() -> None:
    async def scenario() -> Any:
        ours, theirs = socket.socketpair()
        come: asyncio.Queue[Any] = asyncio.Queue()
        line, other = Line(lambda _: None), Line(come.put_nowait)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)
        await loop.create_connection(lambda: line, sock=ours)
        await loop.create_connection(lambda: other, sock=theirs)
        line.send("answer", lambda: 5)
        async with asyncio.timeout(5):
            return await come.get()

    assert asyncio.run(scenario()) is None
