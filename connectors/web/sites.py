"""Manners that all processes share, by the database's clock."""

import asyncio
import datetime as dt
import time
import uuid
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from connectors.errors import AddressRefusedError, FetchError
from connectors.models import WebSite
from connectors.threads import in_thread
from connectors.web.fetching import PageLimits, site_of
from connectors.web.manners import KeptRobots
from connectors.web.robots import MAX_STALE_S
from connectors.web.rules import Robots

# Sites that nobody asked for so long are forgotten.
KEPT_FOR: Final = dt.timedelta(days=30)
# A turn may end earlier than its holder said, so those who wait look again.
_LOOK_AGAIN_S: Final = 0.25


class SiteManners:
    """Keeps turns and rules in the database; see `connectors.web.manners.Manners`."""

    @asynccontextmanager
    async def turn(
        self, site: str, *, at_most_s: float, wait_s: float
    ) -> AsyncGenerator["_SiteTurn"]:
        """Wait for the turn at a site, and keep it."""
        turn = _SiteTurn(site, uuid.uuid4())
        gives_up_at = time.monotonic() + wait_s
        while (wait := await in_thread(lambda: turn.take(at_most_s))) is not None:
            if time.monotonic() + wait.at_least_s > gives_up_at:
                raise FetchError(
                    "Another page of the site has to wait for its pace.",
                    fetch_code="rate_limited",
                    retry_after_s=wait.at_most_s,
                )
            await asyncio.sleep(min(wait.at_most_s, _LOOK_AGAIN_S))
        try:
            yield turn
        finally:
            await asyncio.shield(in_thread(turn.end))

    async def robots(self, site: str) -> KeptRobots | None:
        """Return what was kept of a site's rules."""
        return await in_thread(lambda: _kept_robots(site))

    async def keep_robots(self, site: str, text: str) -> None:
        """Keep a site's rules, and forget sites that nobody asks any more."""
        await in_thread(lambda: _keep_robots(site, text))


@dataclass(frozen=True, slots=True)
class _Wait:
    """How long a turn may be away: what is held may be given back any moment, a rest may not."""

    at_least_s: float
    at_most_s: float


class _SiteTurn:
    def __init__(self, site: str, holder: uuid.UUID) -> None:
        self._site, self._holder = site, holder
        self._pause_s = 0.0

    def rest(self, pause_s: float) -> None:
        """Let the site rest for as long once the turn ends; the longest of several counts."""
        self._pause_s = max(self._pause_s, pause_s)

    def take(self, at_most_s: float) -> _Wait | None:
        """Take the turn if it is free; return how long it is away if it is not."""
        sites = WebSite.objects.filter(pk=self._site)
        WebSite.objects.bulk_create([WebSite(site=self._site)], ignore_conflicts=True)
        until = Now() + dt.timedelta(seconds=at_most_s)
        if sites.filter(next_at__lte=Now()).update(next_at=until, holder=self._holder):
            return None
        ahead = ExpressionWrapper(F("next_at") - Now(), output_field=DurationField())
        found = sites.annotate(ahead=ahead).values_list("ahead", "holder").first()
        left_s = max(found[0].total_seconds(), 0.0) if found else 0.0
        is_resting = found is not None and found[1] is None
        return _Wait(left_s if is_resting else 0.0, max(left_s, 0.01))

    def end(self) -> None:
        """Give the turn back, unless it was taken for lost."""
        rests_until = Now() + dt.timedelta(seconds=self._pause_s)
        WebSite.objects.filter(pk=self._site, holder=self._holder).update(
            next_at=rests_until, holder=None
        )


class KeptRules:
    """The rules of some sites, as far as they were read before; no site is asked for them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Begin with the robots.txt of each site."""
        self._robots = {
            site: Robots(text, user_agent=settings.FETCH_USER_AGENT) for site, text in texts.items()
        }

    def allows(self, url: str) -> bool:
        """Say whether nothing that is known speaks against asking for an address."""
        robots = self._robots.get(_site_of(url)) if self._robots else None
        return robots is None or robots.allows(url)


def kept_rules(urls: Iterable[str]) -> KeptRules:
    """Return what is known of the rules of the addresses' sites, where rules are respected."""
    if not settings.PAGE_RESPECTS_ROBOTS:
        return KeptRules({})
    since = Now() - dt.timedelta(seconds=MAX_STALE_S)
    kept = WebSite.objects.filter(pk__in={_site_of(url) for url in urls}, robots_at__gte=since)
    return KeptRules(dict(kept.exclude(robots="").values_list("site", "robots")))


def _site_of(url: str) -> str:
    try:
        return site_of(url)
    except AddressRefusedError:
        return ""


def page_limits_from_settings() -> PageLimits:
    """Return what fetching a page may cost in this installation."""
    return PageLimits(
        max_bytes=settings.PAGE_MAX_BYTES,
        deadline_s=settings.PAGE_DEADLINE_S,
        pause_s=settings.PAGE_PAUSE_S,
        wait_s=settings.PAGE_WAIT_S,
        max_sitemaps=settings.PAGE_MAX_SITEMAPS,
        respects_robots=settings.PAGE_RESPECTS_ROBOTS,
        user_agent=settings.FETCH_USER_AGENT,
    )


def _kept_robots(site: str) -> KeptRobots | None:
    age = ExpressionWrapper(Now() - F("robots_at"), output_field=DurationField())
    kept = WebSite.objects.filter(pk=site, robots_at__isnull=False).annotate(age=age)
    found = kept.values_list("robots", "age").first()
    return KeptRobots(found[0], found[1].total_seconds()) if found else None


def _keep_robots(site: str, text: str) -> None:
    WebSite.objects.update_or_create(site=site, defaults={"robots": text, "robots_at": Now()})
    WebSite.objects.filter(next_at__lt=Now() - KEPT_FOR).delete()
