"""How many requests may be under way: in all, and to one host."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _HostSlots:
    semaphore: asyncio.Semaphore
    users: int = 0


class Slots:
    """Hands out turns; who waits for a busy host takes no turn from the others."""

    def __init__(self, *, total: int, per_host: int, special: Mapping[str, int]) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._special = special
        self._hosts: dict[str, _HostSlots] = {}

    @asynccontextmanager
    async def hold(self, host: str) -> AsyncGenerator[None]:
        """Wait for a turn at the host, then for one of the total, and keep both."""
        slots = self._hosts.get(host)
        if slots is None:
            limit = self._special.get(host, self._per_host)
            slots = self._hosts[host] = _HostSlots(asyncio.Semaphore(limit))
        slots.users += 1
        try:
            async with slots.semaphore, self._total:
                yield
        finally:
            slots.users -= 1
            if not slots.users:
                del self._hosts[host]
