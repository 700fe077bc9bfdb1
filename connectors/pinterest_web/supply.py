"""What is wanted next, as far ahead as it is soon asked for."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Self

from connectors.pinterest_web.details import Wanted

# Ahead of their turn are as many as are begun in so long: of a slow source hardly any, as those
# would still be asked for when no more is to be begun.
AHEAD_S: Final = 0.05
_MOST_IN_A_LOT: Final = 500


class Ready:
    """Pins that are at hand; for many takers at a time."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self._wanted: Iterator[Wanted] = iter(wanted)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Wanted:
        for wanted in self._wanted:
            return wanted
        raise StopAsyncIteration


class Lots:
    """Pins that another hands out, by the lot; for many takers at a time."""

    def __init__(self, ask: Callable[[int], object]) -> None:
        """Prepare.

        Args:
            ask: asks for so many, of which `add` is told in time.
        """
        self._ask = ask
        self._have: deque[Wanted] = deque()
        self._came = asyncio.Event()
        self._is_asked = self._is_over = False
        self._taken, self._asked_at = 0, 0.0

    def add(self, lot: Iterable[Wanted]) -> None:
        """Take a lot; nothing in it says that there is no more."""
        before = len(self._have)
        self._have.extend(lot)
        self._is_asked, self._is_over = False, len(self._have) == before
        self._came.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Wanted:
        self._ask_in_time()
        while not self._have:
            if self._is_over:
                raise StopAsyncIteration
            self._came.clear()
            self._ask_in_time()
            await self._came.wait()
        self._taken += 1
        return self._have.popleft()

    def _ask_in_time(self) -> None:
        if self._is_asked or self._is_over:
            return
        now = asyncio.get_running_loop().time()
        ahead = int(AHEAD_S * self._taken / max(now - self._asked_at, AHEAD_S))
        if len(self._have) > ahead:
            return
        self._is_asked, self._taken, self._asked_at = True, 0, now
        self._ask(min(1 + 2 * ahead, _MOST_IN_A_LOT))
