"""The pins of one stream, between being wanted and being told of."""

import asyncio
import enum
import math
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from connectors.errors import FetchError
from connectors.pinterest_web.answers import (
    SENTENCES,
    Busy,
    Meaning,
    Refused,
    Trouble,
    missed,
)
from connectors.pinterest_web.asking import Asker
from connectors.pinterest_web.details import (
    NOT_LET,
    SESSION_REFUSED,
    Detail,
    Found,
    Missed,
    SessionHeaders,
    SessionSource,
    Wanted,
)
from connectors.pinterest_web.gauge import Gauge
from connectors.pinterest_web.trust import Pin, Trust, Verdict

# Of one pin, while others come.
TRIES: Final = 3
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
# Nothing usable in so many answers in a row is the source's trouble and no pin's; it is given up
# once that has lasted for so long.
OUTAGE: Final = 5
OUTAGE_S: Final = 15.0
# Waits that a source asks for are waited out up to here; longer ones are the engine's.
PATIENCE_S: Final = 10.0
_MOST_WAITS: Final = 10
# The first of a row, where the source names less, and twice as long each further time.
LEAST_WAIT_S: Final = 0.5


class _Way(enum.Enum):
    """How it goes on with a pin that is not settled."""

    AGAIN = enum.auto()
    ASIDE = enum.auto()


class Stream:
    """Works through pins with a number of workers, and puts what came of them into a queue.

    Attributes:
        results: what came of the pins.
    """

    def __init__(
        self, asker: Asker, session: SessionSource, wanted: AsyncIterator[Wanted], *, most: int
    ) -> None:
        self.results: asyncio.Queue[Detail | None] = asyncio.Queue(most)
        self._asker, self._source, self._wanted = asker, session, wanted
        self._most, self._gauge = most, Gauge(most)
        self._again: deque[Pin] = deque()
        self._is_read = self._is_ending = False
        # What is only true if the source is well, which the next good answer says.
        self._held: list[Missed] = []
        self._granted = 0
        self._troubles, self._well_at = 0, 0.0
        self._waits, self._rested_at = 0, -math.inf
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._renewing, self._spending = asyncio.Lock(), asyncio.Lock()

    async def run(self) -> None:
        """Work until no pin is left.

        Raises:
            As `connectors.pinterest_web.fetching.fetch_details`.
        """
        first = await self._next()
        if first is None:
            return
        self._again.append(first)
        self._trust = Trust(await self._source.headers())
        self._well_at = _now()
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._most):
                    workers.create_task(self._work())
        except BaseExceptionGroup as group:
            # Others that broke down meanwhile met the same.
            raise group.exceptions[0] from None
        await self._flush()

    async def _work(self) -> None:
        while (pin := await self._next()) is not None:
            detail = await self._settle(pin)
            if detail is not None:
                await self.results.put(detail)

    async def _next(self) -> Pin | None:
        """Return the next pin: one that was put back when that tells more, else another."""
        if self._again and (self._is_read or self._is_ripe(self._again[0])):
            return self._again.popleft()
        wanted = None if self._is_read else await anext(self._wanted, None)
        if wanted is not None:
            return Pin(wanted)
        self._is_read = True
        return self._again.popleft() if self._again else None

    def _is_ripe(self, pin: Pin) -> bool:
        return not pin.version or self._trust.is_ripe(pin)

    async def _settle(self, pin: Pin) -> Detail | None:
        """Ask for a pin until it is settled; None where it is put back, or held."""
        while True:
            session, sent_at, meaning = await self._ask(pin)
            if isinstance(meaning, Found | Missed):
                await self._note_good(session.version, sent_at)
                return meaning
            if isinstance(meaning, Refused):
                outcome = await self._take_refusal(pin, session)
            elif isinstance(meaning, Busy):
                outcome = await self._wait_out(meaning, sent_at)
            else:
                outcome = await self._take_trouble(pin, meaning, sent_at)
            if not isinstance(outcome, _Way):
                return outcome
            if outcome is _Way.ASIDE:
                return None

    async def _ask(self, pin: Pin) -> tuple[SessionHeaders, float, Meaning]:
        """Send one request in its turn; return by what session, when, and what came."""
        began_at = await self._gauge.take()
        try:
            await self._spend()
            session = await self._session()
            sent_at = _now()
            meaning = await self._asker.ask(pin.wanted, session)
            if not isinstance(meaning, Trouble | Busy):
                self._gauge.note(began_at, _now() - sent_at)
        finally:
            self._gauge.give_back()
        return session, sent_at, meaning

    async def _spend(self) -> None:
        """Take one request out of what was granted, or have more granted."""
        await self._may_send.wait()
        while self._granted < 1:
            async with self._spending:
                if self._granted < 1:
                    self._granted = await self._source.spend()
        self._granted -= 1

    async def _session(self) -> SessionHeaders:
        if time.time() < self._trust.session.expires_at:
            return self._trust.session
        async with self._renewing:
            if time.time() >= self._trust.session.expires_at:
                self._trust.replace(await self._source.headers())
        return self._trust.session

    async def _note_good(self, version: str, sent_at: float) -> None:
        self._trust.note_good(version, sent_at)
        self._troubles, self._waits, self._well_at = 0, 0, _now()
        if version == self._trust.session.version:
            await self._flush()

    async def _flush(self) -> None:
        while self._held:
            await self.results.put(self._held.pop())

    async def _take_refusal(self, pin: Pin, refused: SessionHeaders) -> "Detail | _Way":
        """Decide whether it is the pin, or the session, which is renewed then."""
        verdict = self._trust.judge(pin, refused.version, now=_now(), is_last=await self._is_last())
        if verdict is Verdict.STORM and self._is_ending:
            return _Way.ASIDE
        if verdict is Verdict.STORM:
            self._is_ending = True
            raise FetchError(
                "Pinterest refuses whoever asks at the moment; we try again.",
                fetch_code=SESSION_REFUSED,
                retry_after_s=await self._source.rest(None),
            )
        if verdict is Verdict.NOT_LET:
            return missed(pin.wanted, NOT_LET)
        if verdict is Verdict.PERHAPS_NOT_LET:
            self._held.append(missed(pin.wanted, NOT_LET))
            return _Way.ASIDE
        if verdict is Verdict.LATER:
            self._again.append(pin)
            return _Way.ASIDE
        if verdict is Verdict.RENEW:
            async with self._renewing:
                if self._trust.session.version == refused.version:
                    self._trust.replace(await self._source.renew(refused))
        return _Way.AGAIN

    async def _is_last(self) -> bool:
        """Say whether no pin is left whose answer would tell more than that of this one."""
        if not self._is_read and (wanted := await anext(self._wanted, None)) is not None:
            self._again.append(Pin(wanted))
            return False
        self._is_read = True
        version = self._trust.session.version
        return all(pin.version == version for pin in self._again)

    async def _wait_out(self, busy: Busy, sent_at: float) -> "_Way":
        """Let all who ask rest for as long as the source wants."""
        self._gauge.slow_down(sent_at)
        if not self._may_send.is_set() or sent_at < self._rested_at:
            # One of those that were under way when the first was told so.
            return _Way.AGAIN
        self._may_send.clear()
        self._granted = 0
        self._waits += 1
        asked_s = busy.wait_s
        if asked_s is not None:
            asked_s = max(asked_s, LEAST_WAIT_S * 2 ** (self._waits - 1))
        wait_s = await self._source.rest(asked_s)
        if wait_s > PATIENCE_S or self._waits > _MOST_WAITS:
            raise FetchError(
                "Pinterest asks us to slow down; we go on when it lets us.",
                fetch_code="rate_limited",
                retry_after_s=wait_s,
            )
        await asyncio.sleep(wait_s)
        self._rested_at = _now()
        self._may_send.set()
        return _Way.AGAIN

    async def _take_trouble(self, pin: Pin, trouble: Trouble, sent_at: float) -> "Detail | _Way":
        """Wait before the next try; give the pin up, or all of it where nothing comes at all."""
        self._gauge.slow_down(sent_at)
        self._troubles += 1
        row_s = _now() - self._well_at
        is_outage = self._troubles >= max(OUTAGE, self._most)
        if is_outage and row_s > OUTAGE_S:
            raise FetchError(SENTENCES[trouble.code], fetch_code=trouble.code)
        pin.tries += not is_outage
        if pin.tries >= TRIES:
            self._held.append(missed(pin.wanted, trouble.code, tries=pin.tries))
            return _Way.ASIDE
        pause_s = row_s if is_outage else FIRST_PAUSE_S * 2 ** (pin.tries - 1)
        pause_s = min(max(pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreading
        return _Way.AGAIN


def _now() -> float:
    return asyncio.get_running_loop().time()
