"""From a host name to addresses, within a time limit."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from typing import Final, Protocol

from connectors.errors import FetchError

RESOLVE_TIME_LIMIT_S: Final = 5.0
# A lookup that hangs holds its thread for as long as the system's resolver likes.
MAX_LOOKUPS: Final = 64


class Resolver(Protocol):
    """Looks up the addresses of a host; what it answers is judged by the caller."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return every address of the host as text, in the order in which to try them.

        Raises:
            FetchError: ``network`` or ``source_timeout``, when there is no answer.
        """


class SystemResolver:
    """Asks the operating system, in a thread, because it has no other door.

    The threads are daemons: one that hangs in the C library must hold up neither the deadline of
    the fetch nor the end of the process, as those of an executor would.
    """

    def __init__(self, *, time_limit_s: float = RESOLVE_TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s
        self._free_threads = threading.BoundedSemaphore(MAX_LOOKUPS)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()
        if not self._free_threads.acquire(blocking=False):
            raise FetchError("Too many name lookups hang.", fetch_code="source_timeout")
        threading.Thread(
            target=self._look_up, args=(host, port, loop, answer), name="guard-dns", daemon=True
        ).start()
        try:
            async with asyncio.timeout(self._time_limit_s):
                return await answer
        except TimeoutError as exc:
            raise FetchError(
                "The name of the site could not be looked up in time.", fetch_code="source_timeout"
            ) from exc
        except OSError as exc:
            raise FetchError("The name of the site is not known.", fetch_code="network") from exc

    def _look_up(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop,
        answer: asyncio.Future[list[str]],
    ) -> None:
        outcome: list[str] | Exception
        try:
            # The final dot keeps the search list of the machine out of it.
            found = socket.getaddrinfo(f"{host}.", port, type=socket.SOCK_STREAM)
            outcome = [str(entry[4][0]) for entry in found]
        except (OSError, UnicodeError) as exc:
            outcome = exc if isinstance(exc, OSError) else OSError("not a host name")
        finally:
            self._free_threads.release()
        try:
            loop.call_soon_threadsafe(_settle, answer, outcome)
        except RuntimeError:
            return  # The loop is closed: nobody waits any more.


def _settle(answer: asyncio.Future[list[str]], outcome: list[str] | Exception) -> None:
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
