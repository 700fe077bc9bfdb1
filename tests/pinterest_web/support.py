"""A session that is kept in memory, and streams that are read to their end."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager

from django.test import override_settings

from connectors.pinterest_web.details import Detail, Found, Missed, SessionHeaders, Wanted
from connectors.pinterest_web.fetching import fetch_details
from tests.pinterest_web.fake import HOST, FakeWeb, serving, settings_for


class MemorySession:
    """Gives the sessions of a stand-in without a browser, and notes what is asked of it."""

    def __init__(self, web: FakeWeb, *, life_s: float = 600.0) -> None:
        self.web, self.life_s = web, life_s
        self.renewed = self.spent = 0
        self.rests: list[float | None] = []
        self.granted = 1_000
        self.error: Exception | None = None

    async def headers(self) -> SessionHeaders:
        """Open a session."""
        if self.error is not None:
            raise self.error
        return session_of(self.web.open_session(), expires_in_s=self.life_s)

    async def renew(self, refused: SessionHeaders) -> SessionHeaders:
        """Open another one."""
        self.renewed += 1
        return await self.headers()

    async def spend(self) -> int:
        """Grant what is asked for."""
        self.spent += 1
        return self.granted

    async def rest(self, wait_s: float | None) -> float:
        """Let nobody else ask."""
        self.rests.append(wait_s)
        return 60.0 if wait_s is None else wait_s


def session_of(cookies: str, *, expires_in_s: float = 600.0) -> SessionHeaders:
    """Return what a browser was given."""
    token = cookies.partition(";")[0].removeprefix("csrftoken=")
    return SessionHeaders(
        version=uuid.uuid4().hex,
        cookies=cookies,
        csrf_token=token,
        user_agent="Mozilla/5.0 Magpie-Test/1.0",
        expires_at=time.time() + expires_in_s,
    )


@contextmanager
def reachable(web: FakeWeb, *, host: str = HOST) -> Iterator[None]:
    """Serve a stand-in where the settings expect the site."""
    with serving(web) as port, override_settings(**settings_for(port, host=host)):
        yield


def wanted_of(pin_ids: Iterable[str]) -> list[Wanted]:
    """Return pins to ask for."""
    return [Wanted(uuid.uuid4(), pin_id) for pin_id in pin_ids]


def always() -> bool:
    """Go on."""
    return True


async def collect(
    wanted: Iterable[Wanted],
    session: MemorySession,
    *,
    most: int = 4,
    may_go_on: Callable[[], bool] = always,
    into: list[Detail] | None = None,
) -> list[Detail]:
    """Read a stream to its end; what came before an error is in ``into``."""
    details: list[Detail] = [] if into is None else into
    stream = fetch_details(wanted, session=session, most=most, may_go_on=may_go_on)
    async with aclosing(stream):
        async for detail in stream:
            details.append(detail)  # noqa: PERF401  # kept where an error ends it
    return details


def fetch(web: FakeWeb, *pin_ids: str, most: int = 4) -> tuple[list[Detail], MemorySession]:
    """Ask a stand-in for pins."""
    session = MemorySession(web)
    with reachable(web):
        return asyncio.run(collect(wanted_of(pin_ids), session, most=most)), session


def told(details: Iterable[Detail]) -> dict[str, str]:
    """Return what came of each pin: the title that it has, or the code of why there is none.

    A pin that came twice, or came as another, is no entry of it.
    """
    found: dict[str, str] = {}
    for detail in details:
        pin_id = detail.wanted.pin_id
        assert pin_id not in found
        if isinstance(detail, Found):
            assert detail.item.ref == f"pin:{pin_id}"
            found[pin_id] = detail.item.title
        else:
            assert isinstance(detail, Missed)
            assert detail.message
            found[pin_id] = detail.code
    return found
