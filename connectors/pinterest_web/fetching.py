"""Asking for the details of many pins at a time, as many as the source bears."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import Final

from connectors.pinterest_web.asking import Asker, Site, check_most
from connectors.pinterest_web.details import Detail, SessionSource, Wanted
from connectors.pinterest_web.stream import Stream
from connectors.pinterest_web.supply import Ready

# How soon the end is noticed that `may_go_on` asks for.
ASK_EVERY_S: Final = 0.1


async def fetch_details(
    wanted: Iterable[Wanted] | AsyncIterator[Wanted],
    *,
    session: SessionSource,
    most: int,
    may_go_on: Callable[[], bool],
    site: Site | None = None,
) -> AsyncGenerator[Detail]:
    """Yield what came of each pin, in the order in which the answers come.

    ``wanted`` is read as far as there are requests to send, from within the event loop: it must
    not block, and may be asked for the next while it is asked already. Each gives one `Detail`;
    those that were under way or not begun when the stream ends early give none. While the caller
    does not take what is there, no more than ``most`` answers wait for it, and as many requests are
    under way. To be closed where it is not read to its end (``contextlib.aclosing``).

    Args:
        session: shared with all workers.
        most: requests under way at a time, 1 to 20; fewer where the source slows down.
        may_go_on: asked several times a second; once it is False, what is under way is broken off,
            and the stream ends.
        site: that of the settings by default.

    Raises:
        FetchError: when all of it has to rest: ``rate_limited``, ``session_refused``,
            ``source_unavailable``, ``source_timeout``, ``network``, ``bad_response``;
            ``retry_after_s`` where the source named a time. What was yielded before counts.
        RenderError, BrowserMissingError, RobotsRefusedError: see `SessionSource.headers`.
        ValueError: ``most`` is not within its range.
    """
    check_most(most)
    supply = wanted if isinstance(wanted, AsyncIterator) else Ready(wanted)
    site = site or Site.from_settings()
    async with site.client() as client:
        stream = Stream(Asker(site, client), session, supply, most=most)
        supervisor = asyncio.create_task(_supervise(stream, may_go_on))
        try:
            while (detail := await stream.results.get()) is not None:
                yield detail
            await supervisor
        finally:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)


async def _supervise(stream: Stream, may_go_on: Callable[[], bool]) -> None:
    """Run the stream until it ends by itself, by an error, or because it may not go on."""
    try:
        await _run(stream, may_go_on)
    except asyncio.CancelledError:
        # Nobody takes anything any more.
        raise
    except Exception:
        await stream.results.put(None)
        raise
    await stream.results.put(None)


async def _run(stream: Stream, may_go_on: Callable[[], bool]) -> None:
    running = asyncio.create_task(stream.run())
    try:
        while not running.done() and may_go_on():
            await asyncio.wait([running], timeout=ASK_EVERY_S)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled():
        running.result()
