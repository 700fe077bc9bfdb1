"""Fetching a page as a guest: by the site's rules, at its pace, within limits of bytes and time."""

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import Final

from connectors.errors import (
    AddressRefusedError,
    ConnectorError,
    FetchError,
    PageError,
    RobotsRefusedError,
)
from connectors.guard import Download, GuardedClient
from connectors.web.addresses import absolute
from connectors.web.grouping import MAX_PICTURES
from connectors.web.manners import Manners, Turn
from connectors.web.reading import read_page
from connectors.web.robots import read_robots
from connectors.web.rules import Robots
from connectors.web.values import FoundPage, FoundPicture, PageKind

ACCEPT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.8,*/*;q=0.5"
# An index of indexes of sitemaps; deeper ones are left.
MAX_DEPTH: Final = 2
# Rules, page and what they lead to; a turn is taken for lost when all of it took its longest.
_REQUESTS_OF_A_TURN: Final = 3
_MUST_REST: Final = frozenset({"rate_limited", "source_unavailable"})


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What fetching one address may cost.

    Attributes:
        max_bytes: of each document.
        deadline_s: for each document.
        pause_s: between two documents of a site that names no pace.
        wait_s: for our turn at a site.
        total_s: for a sitemap index with all that it lists; what is found by then is the result.
        max_sitemaps: of one index, those of the indexes in it included.
        respects_robots: whether robots.txt is asked for.
        user_agent: as the client sends it.
    """

    max_bytes: int = 16 * 1024**2
    deadline_s: float = 20.0
    pause_s: float = 1.0
    wait_s: float = 15.0
    total_s: float = 40.0
    max_sitemaps: int = 20
    respects_robots: bool = True
    user_agent: str = "Magpie"


async def fetch_page(
    client: GuardedClient, url: str, *, manners: Manners, limits: PageLimits | None = None
) -> FoundPage:
    """Fetch what an address gives, and find the pictures of it.

    Of a sitemap index the sitemaps are fetched too, one after the other, as far as limits allow;
    what is left of them is in ``further``. One that cannot be read costs only itself.

    Raises:
        AddressRefusedError: the address, or one that it redirects to, is refused.
        RobotsRefusedError: the site asks programs to leave it alone.
        PageError: it gives nothing in which pictures could be found.
        FetchError: with one of its codes, and ``retry_after_s`` where the site named a time.
    """
    visit = _Visit(client, manners, limits or PageLimits())
    page = await visit.fetch(url)
    if page.kind is not PageKind.SITEMAP_INDEX:
        return page
    return await visit.fetch_listed(page)


def site_of(url: str) -> str:
    """Return scheme, host and port of an address, which share rules and pace.

    Raises:
        AddressRefusedError: it is no web address.
    """
    kept = absolute(url, base="", may_be_inner=True)
    if not kept:
        raise AddressRefusedError("The address is not a plain web address.", reason="syntax")
    return "/".join(kept.split("/", 3)[:3])


class _Visit:
    """The documents that one address leads to."""

    def __init__(self, client: GuardedClient, manners: Manners, limits: PageLimits) -> None:
        self._client, self._manners, self._limits = client, manners, limits

    async def fetch(self, url: str) -> FoundPage:
        """Fetch one document in its site's turn, and read it after the turn."""
        site = site_of(url)
        at_most_s = self._limits.deadline_s * _REQUESTS_OF_A_TURN
        async with self._manners.turn(
            site, at_most_s=at_most_s, wait_s=self._limits.wait_s
        ) as turn:
            turn.rest(self._limits.pause_s)
            try:
                await self._ask(site, url, turn)
                download, content = await self._client.get_bytes(
                    url,
                    max_bytes=self._limits.max_bytes,
                    deadline_s=self._limits.deadline_s,
                    headers={"Accept": ACCEPT},
                )
            except FetchError as exc:
                if exc.fetch_code in _MUST_REST and exc.retry_after_s:
                    turn.rest(exc.retry_after_s)
                raise
            await self._ask_again(url, download, turn)
        # Seconds for the largest pages: others go on meanwhile.
        return await asyncio.to_thread(
            read_page, content, content_type=download.content_type, url=download.final_url
        )

    async def fetch_listed(self, index: FoundPage) -> FoundPage:
        """Fetch the sitemaps of an index, and return it with all their pictures."""
        listed = [(url, 1) for url in reversed(index.further)]
        seen = {index.url, *index.further}
        pictures: dict[str, FoundPicture] = {}
        failure: ConnectorError | None = None
        count = 0
        try:
            async with asyncio.timeout(self._limits.total_s):
                while listed and count < self._limits.max_sitemaps and len(pictures) < MAX_PICTURES:
                    url, depth = listed[-1]
                    count += 1
                    try:
                        page = await self.fetch(url)
                    except (FetchError, PageError, AddressRefusedError) as exc:
                        failure = failure or exc
                        if _code(exc) == "rate_limited":
                            break
                        page = None
                    listed.pop()
                    if page is None:
                        continue
                    for picture in page.pictures:
                        pictures.setdefault(picture.key, picture)
                    new = [one for one in page.further if one not in seen and depth < MAX_DEPTH]
                    seen.update(new)
                    listed += [(one, depth + 1) for one in reversed(new)]
        except TimeoutError:
            pass
        if failure is not None and not pictures:
            raise failure
        return dataclasses.replace(
            index,
            pictures=tuple(pictures.values())[:MAX_PICTURES],
            further=tuple(url for url, _ in reversed(listed)),
        )

    async def _ask(self, site: str, url: str, turn: Turn) -> None:
        """Ask a site's rules about an address.

        Raises:
            RobotsRefusedError: it may not be read.
        """
        if not self._limits.respects_robots:
            return
        text = await read_robots(self._client, site, manners=self._manners)
        robots = await asyncio.to_thread(Robots, text, user_agent=self._limits.user_agent)
        turn.rest(robots.pause_s)
        if not robots.allows(url):
            raise RobotsRefusedError("The site asks programs to leave this page alone.")

    async def _ask_again(self, url: str, download: Download, turn: Turn) -> None:
        """Ask the rules about the address that answered, where a redirect led to another one."""
        if download.final_url != absolute(url, base="", may_be_inner=True):
            await self._ask(site_of(download.final_url), download.final_url, turn)


def _code(error: ConnectorError) -> str:
    return error.fetch_code if isinstance(error, FetchError) else error.code
