"""When a page has nothing under way any more."""

import asyncio
import time
from typing import Final

from playwright.async_api import BrowserContext, Request

# A request that takes longer is a stream, or a server that never answers.
_LONG_S: Final = 4.0
_LOOK_EVERY_S: Final = 0.04


class Quiet:
    """Follows the requests of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self._under_way: dict[Request, float] = {}
        self._last_s = time.monotonic()
        context.on("request", self._begin)
        context.on("requestfinished", self._end)
        context.on("requestfailed", self._end)

    async def wait(self, for_s: float, *, at_most_s: float) -> None:
        """Return once no request has begun or ended for a while, or when time is up."""
        until = time.monotonic() + at_most_s
        begin = time.monotonic()
        while (now := time.monotonic()) < until:
            is_busy = any(now - began < _LONG_S for began in self._under_way.values())
            if not is_busy and now - max(self._last_s, begin) >= for_s:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _begin(self, request: Request) -> None:
        self._last_s = self._under_way[request] = time.monotonic()

    def _end(self, request: Request) -> None:
        self._under_way.pop(request, None)
        self._last_s = time.monotonic()
