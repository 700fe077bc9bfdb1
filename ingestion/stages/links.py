"""Stage ``links``: checks the pages that assets without a picture lead to."""

import asyncio
import datetime as dt
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from connectors.base import Use
from connectors.errors import AddressRefusedError, FetchError, PageError, RobotsRefusedError
from connectors.guard import GuardedClient
from connectors.guard.options import options_from_settings
from connectors.web.fetching import PageLimits, fetch_page
from connectors.web.manners import Manners
from connectors.web.sites import SiteManners, page_limits_from_settings
from connectors.web.values import FoundPage, FoundPicture
from connectors.web.walled import is_walled
from ingestion.engine.kinds import DAY_S, Kind, Slice
from ingestion.freshness.datasets import LINKS
from ingestion.models.job import JobKind
from ingestion.stages.base import Pace, retry_or_fail, work_stage
from ingestion.stages.fetch import site_of
from ingestion.stages.flights import CalledOffError, Flights
from ingestion.stages.limits import RATE_LIMITED, LimitedSites
from media.links import NOT_NOW, Finding, SeenPage, SeenPicture, hold_back, write_findings
from media.models import Asset, LinkPreview, StageState
from media.models.link import LinkHealth
from media.models.stage import Stage, StageStatus
from media.results import UnitResult

# Sites that are asked at a time, a page each.
SITES_AT_ONCE: Final = 8
# Longer for its turn at a site a page waits outside of the batch.
TURN_WAIT_S: Final = 5.0
# Between a check that found nothing and the one that settles it.
GONE_AFTER: Final = dt.timedelta(days=1)
# A site that nobody can reach may be away for the weekend, and so may we.
SITE_GONE_AFTER: Final = dt.timedelta(days=7)
# Until a site that had trouble for as long as it was tried is asked again.
TROUBLE_FOR: Final = dt.timedelta(days=1)
# How much earlier or later than agreed a link is checked again: all came by one import.
SPREAD: Final = 0.1

Outcome = tuple[UnitResult, Finding | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """One link, with what is known of it."""

    state: StageState
    asset: Asset
    known: LinkPreview | None

    @property
    def url(self) -> str:
        """Return the link as the source gave it."""
        return self.asset.link_url.strip()

    @property
    def failing_since(self) -> dt.datetime | None:
        """Return when the first of the last checks in a row did not find the page."""
        return self.known.failing_since if self._is_known and self.known else None

    @property
    def failures(self) -> int:
        """Return how many checks in a row did not find the page."""
        return self.known.failures if self._is_known and self.known else 0

    @property
    def _is_known(self) -> bool:
        return self.known is not None and self.known.url == self.asset.link_url


class LinksKind(Kind):
    """Checks pending links; one page of a site at a time."""

    name: ClassVar[str] = JobKind.LINKS
    label: ClassVar[str] = "Check links"
    datasets: ClassVar[tuple[str, ...]] = (LINKS,)
    deadline_s: ClassVar[int] = 7 * DAY_S
    pauses_itself: ClassVar[bool] = False
    is_bulk: ClassVar[bool] = True
    stage: ClassVar[Stage] = Stage.LINKS
    use: ClassVar[Use | None] = Use.STORE
    batch_size: ClassVar[int] = 40
    then: ClassVar[tuple[Stage, ...]] = (Stage.FETCH,)

    def work(self, turn: Slice) -> None:
        """Work a slice."""
        work_stage(turn, _Batches())


class _Batches(LinksKind):
    """The kind while it knows which sites are slow, and which want to be left alone."""

    def __init__(self) -> None:
        self._limited = LimitedSites(hold_back)
        self._slow_sites: set[str] = set()

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        """Leave out sites that kept an earlier batch of the slice waiting, while others are due."""
        others = due
        for site in self._slow_sites:
            others = others.exclude(asset__link_url__startswith=site)
        if self._slow_sites and not others.exists():
            self._slow_sites.clear()
            return due
        return others

    def take(self, states: Sequence[StageState]) -> list[Unit]:
        """Return the link of each state."""
        keys = [state.asset_id for state in states if state.asset_id]
        assets, known = Asset.objects.in_bulk(keys), LinkPreview.objects.in_bulk(keys)
        return [
            Unit(state, assets[state.asset_id], known.get(state.asset_id))
            for state in states
            if state.asset_id
        ]

    def do(
        self, units: Sequence[Unit], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], list[Finding]]:
        """Check the links of the batch, at several sites at once."""
        outcomes = asyncio.run(check_links(units, pace=pace, limited=self._limited))
        ended = {result.state_id for result, _ in outcomes}
        self._slow_sites.update(site_of(unit.url) for unit in units if unit.state.pk not in ended)
        return [result for result, _ in outcomes], [finding for _, finding in outcomes if finding]

    def write(self, units: Sequence[Unit], found: Sequence[Finding]) -> None:
        """Write what was found, and hold back links to sites that asked us to wait."""
        write_findings(found)
        self._limited.write()


async def check_links(units: Sequence[Unit], *, pace: Pace, limited: LimitedSites) -> list[Outcome]:
    """Return what became of each link that had its turn; nothing is written."""
    return await _Checking(pace, limited).check_all(units)


class _Checking:
    """A batch of links that is being checked."""

    def __init__(self, pace: Pace, limited: LimitedSites) -> None:
        self._pace, self._limited = pace, limited
        self._flights = Flights()
        self._manners: Manners = SiteManners()
        self._limits = _limits()
        self._sites = asyncio.Semaphore(SITES_AT_ONCE)

    async def check_all(self, units: Sequence[Unit]) -> list[Outcome]:
        """Return what became of each link that had its turn."""
        by_site: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            by_site[site_of(unit.url)].append(unit)
        async with (
            GuardedClient(options_from_settings()) as client,
            self._flights.watched(self._pace.must_end),
        ):
            found = await asyncio.gather(
                *(self._at_site(client, site, its) for site, its in by_site.items())
            )
        return [outcome for each in found for outcome in each]

    async def _at_site(
        self, client: GuardedClient, site: str, units: Iterable[Unit]
    ) -> list[Outcome]:
        ended: list[Outcome] = []
        async with self._sites:
            for unit in units:
                if passed := _passed_over(unit):
                    ended.append((passed, None))
                    continue
                if not self._pace.may_begin() or self._limited.must_wait(site):
                    break
                try:
                    ended.append(await self._check(client, site, unit))
                except CalledOffError:
                    break
        return ended

    async def _check(self, client: GuardedClient, site: str, unit: Unit) -> Outcome:
        try:
            async with asyncio.timeout(settings.FETCH_DEADLINE_S):
                page = await self._flights.fly(
                    fetch_page(client, unit.url, manners=self._manners, limits=self._limits)
                )
        except TimeoutError:
            return _passing(unit, "source_timeout", None)
        except (AddressRefusedError, FetchError, PageError) as error:
            return self._judge(unit, site, error)
        self._limited.note_served(site)
        if is_walled(page.url):
            return UnitResult(unit.state.pk, StageStatus.NOT_APPLICABLE), None
        return _there(unit, page)

    def _judge(
        self, unit: Unit, site: str, error: AddressRefusedError | FetchError | PageError
    ) -> Outcome:
        """Return what becomes of a link that led to no page."""
        if isinstance(error, FetchError):
            if error.fetch_code == RATE_LIMITED:
                wait = self._limited.wait(unit.state, site, error.retry_after_s, is_all=True)
                return wait, None
            return _not_fetched(unit, error)
        if isinstance(error, PageError) and not isinstance(error, RobotsRefusedError):
            # There is something, and it is no page.
            self._limited.note_served(site)
            return _there(unit, None)
        return _closed(unit, error.code)


def _passed_over(unit: Unit) -> UnitResult | None:
    """Return the result of a link that is not checked: for the time being, or at all."""
    if not settings.ENRICH_LINKS or unit.asset.removed_at is not None:
        return UnitResult(unit.state.pk, StageStatus.NOT_APPLICABLE, NOT_NOW)
    if is_walled(unit.url) or _is_outside_the_demo(unit.url):
        return UnitResult(unit.state.pk, StageStatus.NOT_APPLICABLE)
    return None


def _is_outside_the_demo(url: str) -> bool:
    """Return whether only a site that no stand-in answers for could show the page."""
    return settings.DEMO and (urlsplit(url).hostname or "") not in settings.FETCH_HOST_MAP


def _limits() -> PageLimits:
    limits = page_limits_from_settings()
    # A sitemap behind a link is there; what it lists is nobody's question.
    return replace(limits, max_sitemaps=0, wait_s=min(limits.wait_s, TURN_WAIT_S))


def _there(unit: Unit, page: FoundPage | None) -> Outcome:
    """Return that the page is there."""
    seen = _seen(page) if page else None
    now = timezone.now()
    finding = Finding(unit.asset.pk, unit.asset.link_url, now, health=LinkHealth.OK, page=seen)
    return _settled(unit), finding


def _settled(unit: Unit) -> UnitResult:
    """Return that the link was checked, whatever that told, and is again after a long while."""
    return UnitResult(unit.state.pk, StageStatus.DONE, due_at=_next_check())


def _next_check() -> dt.datetime:
    days = settings.LINK_CHECK_DAYS * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  # spreading load
    return timezone.now() + dt.timedelta(days=days)


def _not_fetched(unit: Unit, error: FetchError) -> Outcome:
    """Return what becomes of a link whose page did not come."""
    if error.fetch_code == "not_found":
        return _missing(unit, error.fetch_code)
    if error.fetch_code == "forbidden":
        return _closed(unit, error.fetch_code)
    if error.fetch_code == "payload_too_large":
        return _there(unit, None)
    return _passing(unit, error.fetch_code, error.retry_after_s)


def _missing(unit: Unit, code: str) -> Outcome:
    """Return that nothing is there: gone for good if that was so a day ago already."""
    now = timezone.now()
    since = unit.failing_since or now
    finding = Finding(
        unit.asset.pk,
        unit.asset.link_url,
        now,
        health=LinkHealth.GONE if now - since >= GONE_AFTER else None,
        error_code=code,
        failures=unit.failures + 1,
        failing_since=since,
    )
    if finding.health is LinkHealth.GONE:
        return _settled(unit), finding
    # Done, not pending: it is no backlog, and a day would make it an old one.
    due_at = since + GONE_AFTER
    return UnitResult(unit.state.pk, StageStatus.DONE, due_at=due_at), finding


def _closed(unit: Unit, code: str) -> Outcome:
    """Return that the page is not shown to us."""
    return _settled(unit), _unread(unit, LinkHealth.BLOCKED, code)


def _passing(unit: Unit, code: str, asked_s: float | None) -> Outcome:
    """Return that it does not go at the moment: later, and in the end nobody knows."""
    is_final = code == "bad_response"
    result = retry_or_fail(unit.state, code=code, is_final=is_final, retry_after_s=asked_s)
    if result.status is not StageStatus.FAILED:
        return result, _unread(unit, None, code)
    if code == "network":
        return _out_of_reach(unit, code)
    again = _next_check() if is_final else timezone.now() + TROUBLE_FOR
    return replace(result, due_at=again), _unread(unit, LinkHealth.UNKNOWN, code)


def _out_of_reach(unit: Unit, code: str) -> Outcome:
    """Return that no try reached the site: it is gone if that has been so for long."""
    now = timezone.now()
    since = unit.failing_since or now
    is_gone = now - since >= SITE_GONE_AFTER
    finding = Finding(
        unit.asset.pk,
        unit.asset.link_url,
        now,
        health=LinkHealth.GONE if is_gone else LinkHealth.UNKNOWN,
        error_code=code,
        failures=unit.failures + 1,
        failing_since=since,
    )
    if is_gone:
        return _settled(unit), finding
    again = now + TROUBLE_FOR
    return UnitResult(unit.state.pk, StageStatus.FAILED, code, due_at=again), finding


def _unread(unit: Unit, health: LinkHealth | None, code: str) -> Finding:
    return Finding(
        unit.asset.pk,
        unit.asset.link_url,
        timezone.now(),
        health=health,
        error_code=code,
        failures=unit.failures,
        failing_since=unit.failing_since,
    )


def _seen(page: FoundPage) -> SeenPage:
    return SeenPage(
        final_url=page.url,
        title=page.title,
        description=page.description,
        site_name=page.site_name,
        picture=_seen_picture(page.preview) if page.preview else None,
    )


def _seen_picture(shown: FoundPicture) -> SeenPicture:
    return SeenPicture(
        key=shown.key,
        url=shown.url,
        fallbacks=shown.fallbacks,
        width_px=shown.width_px,
        height_px=shown.height_px,
        alt_text=shown.alt_text,
    )
