"""The process that asks for pins and reads the answers; see ``apart``, which starts it.

It knows neither the database nor any key: which pins are wanted, and what session to ask with, it
asks who started it. It ends when the other end of its line is gone, which is the case however the
parent ends.
"""

import asyncio
import gc
import itertools
import os
import socket
import traceback
from contextlib import aclosing
from typing import Any, Final

from connectors.errors import ConnectorError
from connectors.pinterest_web.asking import Site
from connectors.pinterest_web.details import SessionHeaders
from connectors.pinterest_web.fetching import fetch_details
from connectors.pinterest_web.lines import Line
from connectors.pinterest_web.supply import Lots
from tenants.collecting import SELDOM

# Whoever writes what came, and whoever looks at a page meanwhile, goes first.
_NICENESS: Final = 10
# What comes in so long travels together: the parent, who writes meanwhile, is woken once for it.
_TOGETHER_S: Final = 0.02


def main(number: str) -> None:
    """Work over the socket of this number, until the other end is gone."""
    os.nice(_NICENESS)
    # What is loaded by now stays; the rest comes and goes with the answers, and holds few cycles.
    gc.freeze()
    gc.set_threshold(*SELDOM)
    asyncio.run(_serve(socket.socket(fileno=int(number))))


async def _serve(connected: socket.socket) -> None:
    parent = _Parent()
    await asyncio.get_running_loop().create_connection(lambda: parent.line, sock=connected)
    work = asyncio.create_task(_work(parent))
    await parent.is_gone.wait()
    work.cancel()


async def _work(parent: "_Parent") -> None:
    site, most = await parent.order
    try:
        details = fetch_details(
            parent.lots, session=parent, most=most, may_go_on=lambda: True, site=site
        )
        async with aclosing(details):
            async for detail in details:
                parent.line.send("detail", detail, within_s=_TOGETHER_S)
                await parent.line.drain()
        parent.line.send("over")
    except ConnectorError as exc:
        # As it is: its class takes more than a pickled error tells.
        parent.line.send("failed", type(exc), exc.args, vars(exc))
    except Exception as exc:  # noqa: BLE001  # told of where there are logs
        parent.line.send("broken", "".join(traceback.format_exception(exc)))


class _Parent:
    """The other end of the line: gives pins and sessions; see `details.SessionSource`.

    Attributes:
        order: what to begin with.
        lots: the pins.
        is_gone: set when it has ended.
    """

    def __init__(self) -> None:
        self.line = Line(self._take)
        self.order: asyncio.Future[tuple[Site, int]] = asyncio.get_running_loop().create_future()
        self.lots = Lots(lambda count: self.line.send("more", count))
        self.is_gone = asyncio.Event()
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}

    async def headers(self) -> SessionHeaders:
        session: SessionHeaders = await self._ask("headers")
        return session

    async def renew(self, refused: SessionHeaders) -> SessionHeaders:
        session: SessionHeaders = await self._ask("renew", refused)
        return session

    async def spend(self) -> int:
        return int(await self._ask("spend"))

    async def rest(self, wait_s: float | None) -> float:
        return float(await self._ask("rest", wait_s))

    async def _ask(self, what: str, *details: Any) -> Any:
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.line.send("ask", number, what, details)
        try:
            return await answer
        finally:
            del self._asked[number]

    def _take(self, message: tuple[Any, ...] | None) -> None:
        if message is None:
            self.is_gone.set()
            return
        match message:
            case ("begin", site, most):
                self.order.set_result((site, most))
            case ("lot", lot):
                self.lots.add(lot)
            case ("answer", number, answer):
                asked = self._asked.get(number)
                # Who has just been cancelled has not yet gone.
                if asked is not None and not asked.done():
                    asked.set_result(answer)
