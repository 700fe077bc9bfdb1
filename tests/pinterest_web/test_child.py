"""The process that asks, seen from within: what it does with what it is told."""

import asyncio
import socket
from contextlib import suppress

from connectors.pinterest_web.child import _Parent
from connectors.pinterest_web.lines import Line


def test_an_answer_to_who_was_just_cancelled_is_dropped() -> None:
    async def scenario() -> bool:
        ours, theirs = socket.socketpair()
        parent, other = _Parent(), Line(lambda _: None)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: parent.line, sock=ours)
        await loop.create_connection(lambda: other, sock=theirs)
        asking = asyncio.create_task(parent.spend())
        await asyncio.sleep(0.05)
        # Both in one turn: what is scheduled comes before what is read.
        other.send("answer", 0, 5)
        other._flush()
        loop.call_soon(asking.cancel)
        with suppress(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0.05)
        is_gone = parent.is_gone.is_set()
        parent.line.close()
        other.close()
        await asyncio.sleep(0)
        return is_gone

    assert not asyncio.run(scenario())
