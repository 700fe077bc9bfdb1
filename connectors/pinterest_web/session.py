"""The session that all workers ask with: made by one browser, kept in the database, encrypted.

One worker makes it, whoever needs it first; the others wait for theirs. What could not be made is
not tried by each in turn: all leave the site alone for a while, longer each time in a row.
"""

import asyncio
import dataclasses
import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import orjson

from connectors.budget import Limit, blocked_s, rest, take_some
from connectors.credentials.platform import read_platform_secret, store_platform_secret
from connectors.errors import (
    BrowserMissingError,
    ConnectorError,
    FetchError,
    RenderStoppedError,
    RobotsRefusedError,
)
from connectors.pinterest_web.asking import Site, address_of
from connectors.pinterest_web.browsing import browse
from connectors.pinterest_web.details import SESSION_REFUSED, SessionHeaders
from connectors.pinterest_web.locking import only_one
from connectors.threads import in_thread
from connectors.web.robots import read_robots
from connectors.web.rules import Robots
from connectors.web.sites import SiteManners
from tenants.errors import SecretUnreadableError

NAME: Final = "pinterest_web.session"
REQUESTS: Final = "pinterest_web:requests"
SESSIONS: Final = "pinterest_web:sessions"
# Who waits for another's browser waits no longer than one takes.
WAIT_S: Final = 60.0
LOOK_EVERY_S: Final = 0.2
# Waits for the pace are waited out up to here; longer ones are the engine's.
PATIENCE_S: Final = 20.0
# A session that ends while a request is on its way is refused.
MARGIN_S: Final = 2.0
MOST_AT_ONCE: Final = 500
T = TypeVar("T")


class Manners(Protocol):
    """How to behave at the site, as the operator set it; see `connectors.policy.Manners`."""

    @property
    def user_agent(self) -> str: ...
    @property
    def requests_per_minute(self) -> int: ...
    @property
    def heeds_robots(self) -> bool: ...


class Browse(Protocol):
    """Opens a page of the site, and returns the session that it gives."""

    def __call__(
        self, *, user_agent: str, robots: str, should_stop: Callable[[], bool]
    ) -> SessionHeaders: ...


class SharedSession:
    """See `connectors.pinterest_web.details.SessionSource`."""

    def __init__(self, manners: Manners, *, make: Browse = browse) -> None:
        """Prepare to share.

        Args:
            manners: identity, pace and rules.
            make: opens the browser.
        """
        self._make = make
        self._robots: str | None = None
        self._pause_s = 0.0
        self.follow(manners)

    def follow(self, manners: Manners) -> None:
        """Behave as the operator has it by now: the pace at once, the rest by the next session."""
        self._manners = manners
        pace = float(manners.requests_per_minute)
        heeds_pause = manners.heeds_robots and self._pause_s
        self._per_minute = min(pace, 60.0 / self._pause_s) if heeds_pause else pace

    async def headers(self) -> SessionHeaders:
        """Return a session that is good for now."""
        await self._heed_rules()
        return await _stoppable(lambda stop: self._session("", stop))

    async def renew(self, refused: SessionHeaders) -> SessionHeaders:
        """Return another session than the one that was refused."""
        return await _stoppable(lambda stop: self._session(refused.version, stop))

    async def spend(self) -> int:
        """Take some requests out of what all workers share."""
        limit = limit_of(self._per_minute)
        while True:
            taken, wait_s = await in_thread(
                lambda: take_some([limit], min(limit.requests, MOST_AT_ONCE))
            )
            if taken:
                return taken
            if wait_s > PATIENCE_S:
                raise FetchError(
                    "Pinterest is to be left alone for a while; we go on then.",
                    fetch_code="rate_limited",
                    retry_after_s=wait_s,
                )
            await asyncio.sleep(wait_s)

    async def rest(self, wait_s: float | None) -> float:
        """Let nobody ask until then; return the seconds."""
        return await in_thread(lambda: rest(REQUESTS, wait_s))

    async def _heed_rules(self) -> None:
        """Ask the site's rules, once in a stream, where the operator heeds them.

        Raises:
            RobotsRefusedError: they keep programs away.
        """
        if not self._manners.heeds_robots or self._robots is not None:
            return
        site = Site.from_settings(user_agent=self._manners.user_agent)
        async with site.client() as client:
            text = await read_robots(client, site.base, manners=SiteManners())
        robots = Robots(text, user_agent=self._manners.user_agent)
        if not robots.allows(address_of("1", base=site.base, now=time.time())):
            raise RobotsRefusedError(
                "Pinterest asks programs to leave the details of pins alone, and whoever runs this "
                "installation wants that heeded."
            )
        self._robots, self._pause_s = text, robots.pause_s or 0.0
        self.follow(self._manners)

    def _session(self, refused: str, stop: threading.Event) -> SessionHeaders:
        """Return a session other than ``refused``; in a thread that may look at the database."""
        gives_up_at = time.monotonic() + WAIT_S
        while not stop.is_set() and time.monotonic() < gives_up_at:
            if kept := self._kept(refused):
                return kept
            with only_one(NAME) as is_ours:
                if is_ours:
                    # Another may have made one, or failed to, while we came.
                    return self._kept(refused) or self._made(stop)
            stop.wait(LOOK_EVERY_S)
        raise _no_session(None)

    def _kept(self, refused: str) -> SessionHeaders | None:
        """Return the session that is kept, if it is another; refuse while none is to be made."""
        kept = read_session(asked_as=self._manners.user_agent)
        if kept is not None and kept.version != refused:
            return kept
        if wait_s := blocked_s(SESSIONS):
            raise _no_session(wait_s)
        return None

    def _made(self, stop: threading.Event) -> SessionHeaders:
        """Make a session; nobody else does at the same time."""
        asked_as = self._manners.user_agent
        try:
            made = self._make(
                user_agent=asked_as,
                robots=self._robots or "",
                should_stop=stop.is_set,
            )
        except (BrowserMissingError, RenderStoppedError):
            # Neither says anything of the site.
            raise
        except ConnectorError as exc:
            rest(SESSIONS, exc.retry_after_s if isinstance(exc, FetchError) else None)
            raise
        keep_session(made, asked_as=asked_as)
        return made


def limit_of(per_minute: float) -> Limit:
    """Return the pace as a limit, spread evenly: so many in a second, or one in some seconds."""
    per_s = max(60.0 / per_minute, 1.0)
    return Limit(REQUESTS, max(int(per_minute * per_s / 60.0 + 1e-6), 1), per_s)


def read_session(*, asked_as: str) -> SessionHeaders | None:
    """Return the session that is kept; None where there is none, or none that is good.

    Args:
        asked_as: what the operator calls us: the cookies are for no other name.
    """
    try:
        kept = read_platform_secret(NAME)
    except SecretUnreadableError:
        # Made anew, it is kept under a key that is here.
        return None
    if kept is None:
        return None
    values = orjson.loads(kept)
    if values.pop("asked_as", None) != asked_as:
        return None
    session = SessionHeaders(**values)
    return session if session.expires_at > time.time() + MARGIN_S else None


def keep_session(session: SessionHeaders, *, asked_as: str) -> None:
    """Keep a session for all workers."""
    text = orjson.dumps(dataclasses.asdict(session) | {"asked_as": asked_as}).decode()
    ends_at = dt.datetime.fromtimestamp(session.expires_at, dt.UTC)
    store_platform_secret(NAME, text, expires_at=ends_at)


def _no_session(wait_s: float | None) -> FetchError:
    return FetchError(
        "Pinterest gave us no session to ask with; we try again.",
        fetch_code=SESSION_REFUSED,
        retry_after_s=wait_s,
    )


async def _stoppable(function: Callable[[threading.Event], T]) -> T:
    """Run a look at the database that may open a browser; whoever gives up waiting stops it."""
    stop = threading.Event()
    try:
        return await in_thread(lambda: function(stop))
    finally:
        stop.set()
