"""Downloads that are under way, and can be given up all at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")
_ASK_EVERY_S = 0.2


class CalledOffError(Exception):
    """The download was given up; that says nothing about the site."""


class Flights:
    """Flies downloads until somebody calls them off; what has landed is left alone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._called_off = asyncio.Event()

    async def fly(self, download: Coroutine[Any, Any, _T]) -> _T:
        """Return what ``download`` brings.

        Raises:
            CalledOffError: it was given up, by now or meanwhile.
        """
        if self._called_off.is_set():
            download.close()
            raise CalledOffError
        task = asyncio.ensure_future(download)
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._called_off.is_set() and task.cancelled():
                raise CalledOffError from None
            task.cancel()
            raise
        finally:
            self._tasks.discard(task)

    @asynccontextmanager
    async def watched(self, must_end: Callable[[], bool]) -> AsyncGenerator[None]:
        """Call off all that flies, now and later, as soon as ``must_end`` says so."""
        watching = asyncio.create_task(self._watch(must_end))
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self, must_end: Callable[[], bool]) -> None:
        while not must_end():  # noqa: ASYNC110  # others set it, on threads of their own
            await asyncio.sleep(_ASK_EVERY_S)
        self._called_off.set()
        for task in self._tasks:
            task.cancel()
