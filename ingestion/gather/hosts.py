"""Hosts that ask to be left alone while a page's pictures come from them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from connectors.errors import FetchError

# However little a host asks for, and where it does not say how long: doubled with each time.
FIRST_WAIT_S: Final = 2.0
# So often in a row a picture waits for its host, without anything coming from there.
MOST_WAITS: Final = 5


class HostRestsError(FetchError):
    """The host was not asked: it wants to be left alone."""


class Hosts:
    """What one batch knows of the hosts of its pictures."""

    def __init__(self, wary_of: Iterable[str]) -> None:
        """Begin.

        Args:
            wary_of: hosts that asked to be left alone before. Until such a one has given us
                something, it is asked for one picture at a time.
        """
        self._wary_of = set(wary_of)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._until: dict[str, float] = {}
        self._served: set[str] = set()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncGenerator[None]:
        """Wait until the host may be asked for a further picture.

        Raises:
            HostRestsError: it may not for a while, which is in ``retry_after_s``.
        """
        if host in self._wary_of:
            async with self._locks[host]:
                if host in self._wary_of:
                    self._check(host)
                    yield
                    return
        self._check(host)
        yield

    def has_served(self, host: str) -> bool:
        """Return whether something came from there in this batch."""
        return host in self._served

    def note_served(self, host: str) -> None:
        """Remember that something came from there."""
        self._served.add(host)
        self._wary_of.discard(host)

    def note_asked(self, host: str, wait_s: float) -> None:
        """Remember that the host wants to be left alone for as long."""
        self._until[host] = max(time.monotonic() + wait_s, self._until.get(host, 0.0))

    def _check(self, host: str) -> None:
        left_s = self._until.get(host, 0.0) - time.monotonic()
        if left_s > 0:
            raise HostRestsError(
                "The site asks us to slow down.", fetch_code="rate_limited", retry_after_s=left_s
            )


def wait_of(error: FetchError, *, waits: int) -> float:
    """Return how long to leave a host alone that was asked and said so.

    Args:
        waits: how often it said so before, without giving us anything since.
    """
    return max(error.retry_after_s or 0.0, FIRST_WAIT_S * 2.0**waits)
