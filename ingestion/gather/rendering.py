"""A page as its scripts make it, asked for in the turn of its site and by the site's rules."""

import asyncio
from dataclasses import replace
from typing import Final

from connectors.errors import ConnectorError, FetchError, RobotsRefusedError
from connectors.web.browser import RenderedPage, render_page
from connectors.web.browser.rendering import limits_from_settings
from connectors.web.fetching import site_of
from connectors.web.reading import read_page
from connectors.web.rules import Robots
from connectors.web.sites import SiteManners, page_limits_from_settings
from connectors.web.values import FoundPage
from ingestion.engine.claims import fence
from ingestion.engine.kinds import Slice
from ingestion.models import Job
from tenants.scope import org_scope

# Whatever the settings say: together with the slice it begins in, and the page that is fetched
# before it, it fits into what the queue grants a worker.
RENDER_DEADLINE_S: Final = 35.0
# A longer rest of the site is waited for in line.
REST_S: Final = 5.0
# Where a job keeps that its page is to be rendered next, or is not to be.
_NEXT: Final = "render_next"


def render(url: str, turn: Slice) -> FoundPage:
    """Return a page as it is once its scripts ran, in a browser of its own.

    Raises:
        FetchError: as :func:`keeps_pace` says, where the site rests for a while.
        AppError: with one of the codes of rendering and reading.
    """
    rendered = asyncio.run(_render_in_turn(url, turn))
    return read_page(rendered.content, content_type="text/html; charset=utf-8", url=rendered.url)


def keeps_pace(error: ConnectorError) -> bool:
    """Say whether nothing was asked for yet, since it is not our turn at the site."""
    if not isinstance(error, FetchError):
        return False
    return error.fetch_code == "rate_limited" and error.http_status is None


async def _render_in_turn(url: str, turn: Slice) -> RenderedPage:
    limits, pages, manners = limits_from_settings(), page_limits_from_settings(), SiteManners()
    limits = replace(limits, deadline_s=min(limits.deadline_s, RENDER_DEADLINE_S))
    site, wait_s = site_of(url), min(pages.wait_s, REST_S)
    async with manners.turn(site, at_most_s=2 * limits.deadline_s, wait_s=wait_s) as site_turn:
        kept = await manners.robots(site) if pages.respects_robots else None
        text = kept.text if kept else ""
        robots = Robots(text, user_agent=pages.user_agent)
        site_turn.rest(max(pages.pause_s, robots.pause_s))
        rendered = await asyncio.to_thread(
            render_page, url, limits=limits, should_stop=lambda: turn.is_called_off, robots=text
        )
    if site_of(rendered.url) == site and not robots.allows(rendered.url):
        raise RobotsRefusedError("The site asks programs to leave this page alone.")
    return rendered


def note_next(job: Job, turn: Slice, url: str) -> None:
    """Keep for the next slice of the run that ``url`` is to be rendered; "" for not any more."""
    params = job.params | {_NEXT: {"run": str(turn.held.run_id), "url": url}}
    with org_scope(turn.held.org_id):
        fence(turn.held)
        Job.objects.filter(pk=job.pk).update(params=params)


def noted_next(job: Job, turn: Slice) -> str | None:
    """Return what an earlier slice of the run kept; None where it kept nothing."""
    noted = job.params.get(_NEXT) or {}
    return str(noted["url"]) if noted.get("run") == str(turn.held.run_id) else None
