"""The process that asks for pins and reads the answers; see ``apart``, which starts it.

It knows neither the database nor any key. It ends when the other end of its line is gone, which is
the case however the parent ends.
"""

import asyncio
import gc
import os
import socket
import traceback
from typing import Any, Final

from connectors.errors import AddressRefusedError
from connectors.pinterest_web.asking import AsksForPins, Site, asking_here
from connectors.pinterest_web.details import SessionHeaders, Wanted
from connectors.pinterest_web.lines import Line

# What is loaded at the start stays; the rest comes and goes with the answers, and holds few cycles:
# looking for them as often as usual takes a seventh of all time.
_ALLOCATIONS_BETWEEN_SWEEPS: Final = 50_000
# Whoever writes what came, and whoever looks at a page meanwhile, goes first.
_NICENESS: Final = 10


def main(number: str) -> None:
    """Answer what comes over the socket of this number, until the other end is gone."""
    os.nice(_NICENESS)
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_SWEEPS)
    asyncio.run(_serve(socket.socket(fileno=int(number))))


async def _serve(connected: socket.socket) -> None:
    come: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(come.put_nowait), sock=connected)
    site: Site = await come.get()
    async with asking_here(site) as asker:
        under_way: set[asyncio.Task[None]] = set()
        while (order := await come.get()) is not None:
            task = asyncio.create_task(_answer(asker, line, *order))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    # The loop, which ends now, cancels what is under way.


async def _answer(
    asker: AsksForPins, line: Line, number: int, wanted: Wanted, session: SessionHeaders
) -> None:
    try:
        line.send((number, await asker.ask(wanted, session), ""))
    except AddressRefusedError as exc:
        line.send((number, exc, ""))
    except Exception as exc:  # noqa: BLE001  # told of where there are logs
        line.send((number, None, "".join(traceback.format_exception(exc))))
