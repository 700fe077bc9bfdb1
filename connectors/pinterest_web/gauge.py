"""How many requests the source bears at a time: fewer at once where it strains, one more by one."""

import asyncio
from collections import deque
from typing import Final

# The time that answers took is compared after as many as may be under way, and after no fewer.
LEAST_WINDOW: Final = 5
# Of the best window so far; and longer by so much, below which all machines waver.
RISE: Final = 2.0
LEAST_RISE_S: Final = 0.1
# The best window counts for a little less with each that follows: a source may be slower for good.
FORGETS: Final = 1.02


class Gauge:
    """Hands out turns, and knows how many at a time.

    Additive increase, multiplicative decrease: half as many after an answer that asks to slow
    down, or when answers take twice as long as they did at best; one more after each calm window.
    What was sent before the last decrease says nothing of what came of it.

    Attributes:
        limit: turns at a time, at least 1.
    """

    def __init__(self, most: int) -> None:
        self.limit = self._most = most
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._best_s: float | None = None
        self._sum_s, self._count = 0.0, 0
        self._slowed_at = 0.0

    async def take(self) -> float:
        """Wait for a turn; return when it begins, by the loop's clock."""
        loop = asyncio.get_running_loop()
        while self._taken >= self.limit:
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            await turn
        self._taken += 1
        return loop.time()

    def give_back(self) -> None:
        """End a turn."""
        self._taken -= 1
        self._wake()

    def note(self, began_at: float, took_s: float) -> None:
        """Take note of how long an answer took that was asked for at ``began_at``."""
        if began_at < self._slowed_at:
            return
        self._sum_s += took_s
        self._count += 1
        if self._count < max(self.limit, LEAST_WINDOW):
            return
        mean_s = self._sum_s / self._count
        self._sum_s, self._count = 0.0, 0
        best_s = self._best_s
        if best_s is not None and mean_s > max(RISE * best_s, best_s + LEAST_RISE_S):
            self._best_s = best_s * FORGETS
            self._halve()
            return
        self._best_s = mean_s if best_s is None else min(mean_s, best_s * FORGETS)
        self.limit = min(self.limit + 1, self._most)
        self._wake()

    def slow_down(self, began_at: float) -> None:
        """Take note that a request of ``began_at`` was one too many."""
        if began_at >= self._slowed_at:
            self._halve()

    def _halve(self) -> None:
        self.limit = max(self.limit // 2, 1)
        self._slowed_at = asyncio.get_running_loop().time()
        self._sum_s, self._count = 0.0, 0

    def _wake(self) -> None:
        free = self.limit - self._taken
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
