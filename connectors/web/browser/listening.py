"""The end of a server of asyncio."""

import asyncio
from typing import Final

# Of the loop, from a connection's being accepted to its handler's first step.
_TURNS: Final = 4


async def stop_listening(server: asyncio.Server) -> None:
    """Close a server; what it accepted until then has begun to be served.

    `asyncio.Server.close` alone forgets a connection that was accepted in the same turn of the
    loop: its transport is half made, nobody is told, and its socket stays open.
    """
    loop = asyncio.get_running_loop()
    for sock in server.sockets:
        loop.remove_reader(sock)
    try:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
    finally:
        server.close()
