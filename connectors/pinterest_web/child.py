"""The process that asks for pins and reads the answers; see ``apart``, which starts it.

It knows neither the database nor any key, and ends with its parent.
"""

import asyncio
import socket
import traceback
from typing import Any

from connectors.errors import AddressRefusedError
from connectors.pinterest_web.asking import Asker, Site, asking_here
from connectors.pinterest_web.details import SessionHeaders, Wanted
from connectors.pinterest_web.lines import Line
from connectors.web.browser.launcher import die_with_parent


def main(number: str) -> None:
    """Answer what comes over the socket of this number, until the other end is gone."""
    die_with_parent()
    asyncio.run(_serve(socket.socket(fileno=int(number))))


async def _serve(connected: socket.socket) -> None:
    come: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(come.put_nowait), sock=connected)
    site: Site = await come.get()
    async with asking_here(site) as asker, asyncio.TaskGroup() as answers:
        while (order := await come.get()) is not None:
            answers.create_task(_answer(asker, line, *order))


async def _answer(
    asker: Asker, line: Line, number: int, wanted: Wanted, session: SessionHeaders
) -> None:
    try:
        line.send((number, await asker.ask(wanted, session), ""))
    except AddressRefusedError as exc:
        line.send((number, exc, ""))
    except Exception as exc:  # noqa: BLE001  # told of where there are logs
        line.send((number, None, "".join(traceback.format_exception(exc))))
