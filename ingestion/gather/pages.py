"""The kind of job that scrapes a page: finds its pictures, and brings them."""

import asyncio
import enum
import hashlib
from typing import ClassVar, Final

from django import forms
from django.conf import settings

from connectors.errors import ConnectorError, FetchError
from connectors.guard import GuardedClient
from connectors.guard.options import options_from_settings
from connectors.items import Source
from connectors.web.fetching import fetch_page
from connectors.web.sites import SiteManners, page_limits_from_settings
from connectors.web.values import FoundPage
from ingestion.codes import CODES
from ingestion.engine.claims import fence
from ingestion.engine.events import record_event
from ingestion.engine.kinds import Slice
from ingestion.errors import NoPicturesError
from ingestion.gather.earlier import EARLIER, find_earlier
from ingestion.gather.kind import GatherKind
from ingestion.gather.ledger import queue_items
from ingestion.gather.line import READING
from ingestion.gather.rendering import keeps_pace, note_next, noted_next, render
from ingestion.gather.storing import LONGEST_WAIT_S, Place
from ingestion.gather.wanted import Wanted
from ingestion.models import AssetOrigin, Job, SyncRun
from ingestion.models.job import JobKind
from tenants.scope import org_scope

# Whatever the settings say: with rendering and the slice they begin in it fits into what the queue
# grants a worker.
FIND_DEADLINE_S: Final = 30.0


class Rendering(enum.StrEnum):
    """Whether a browser runs the page's scripts before it is read."""

    AUTO = "auto"  # where the plain page yields too little
    ALWAYS = "always"
    NEVER = "never"


class PageForm(forms.Form):
    """What a job that scrapes is told."""

    url = forms.CharField(max_length=2048)
    rendering = forms.ChoiceField(choices=[(r.value, r.value) for r in Rendering], required=False)


class ScrapeKind(GatherKind):
    """Finds the pictures of a page and brings them into the library."""

    name: ClassVar[str] = JobKind.SCRAPE
    label: ClassVar[str] = "Scrape a page"
    params_form: ClassVar[type[forms.Form]] = PageForm

    def place(self, run: SyncRun) -> Place:
        """Return the page, as it called itself."""
        params = run.job.params
        return Place(
            source=Source.WEB,
            via=AssetOrigin.Via.SCRAPE,
            url=params.get("final_url") or params["url"],
            title=params.get("title", ""),
            board_key=f"page:{params['page']}",
            drops_small=True,
            is_feed=bool(params.get("is_feed")),
        )

    def begin(self, turn: Slice, run: SyncRun) -> bool:
        """Read the page, and queue what is on it; of one that was chosen from that choice."""
        if run.job.params.get("chooses") and not run.is_dry_run:
            return super().begin(turn, run)
        with org_scope(run.org_id):
            fence(turn.held)
            SyncRun.objects.filter(pk=run.pk).update(phase=READING)
        page = find_pictures(run.job, turn)
        if not page.pictures:
            raise NoPicturesError(CODES["no_pictures"].sentence)
        with org_scope(run.org_id):
            _queue(fence(turn.held), page)
        return True


def page_key(url: str) -> str:
    """Return what tells pages apart, in hex: of one address it is always the same.

    Whether a page is asked for with encryption or without makes no other page of it.
    """
    of_page = url.replace("http://", "https://", 1) if url.startswith("http://") else url
    return hashlib.blake2b(of_page.encode(), digest_size=16).hexdigest()


def find_pictures(job: Job, turn: Slice) -> FoundPage:
    """Return the page of ``job``, rendered where that is asked for, or shows more.

    Raises:
        AppError: with one of the codes of fetching, reading and rendering.
    """
    url, rendering = job.params["url"], job.params.get("rendering") or Rendering.AUTO
    noted = noted_next(job, turn)
    if noted:
        try:
            return render(noted, turn)
        except ConnectorError as error:
            if rendering == Rendering.ALWAYS or keeps_pace(error):
                raise
            note_next(job, turn, "")
    plain = asyncio.run(fetch_plain(url))
    # A browser would only show a list as a page, and nobody would know what it is.
    if plain.kind.is_list or rendering == Rendering.NEVER or noted is not None:
        return plain
    if rendering == Rendering.AUTO and not plain.needs_scripts:
        return plain
    return _rendered(job, turn, plain, rendering)


def _rendered(job: Job, turn: Slice, plain: FoundPage, rendering: str) -> FoundPage:
    """Return the page with what its scripts show; as it is where they show nothing more.

    Where its site rests first, the next slice renders it, and asks for nothing twice.
    """
    may_be_plain = rendering == Rendering.AUTO and bool(plain.pictures)
    try:
        rendered = render(plain.url, turn)
    except ConnectorError as error:
        if keeps_pace(error) and not (may_be_plain and _rest_of(error) > LONGEST_WAIT_S):
            note_next(job, turn, plain.url)
            raise
        if may_be_plain:
            return plain
        raise
    return max((rendered, plain), key=lambda page: len(page.pictures))


def _rest_of(error: ConnectorError) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, FetchError) else 0.0


async def fetch_plain(url: str) -> FoundPage:
    """Return a page as its site gives it, by the site's rules, before any script ran."""
    limits = page_limits_from_settings()
    try:
        async with (
            asyncio.timeout(FIND_DEADLINE_S),
            GuardedClient(options_from_settings()) as client,
        ):
            return await fetch_page(client, url, manners=SiteManners(), limits=limits)
    except TimeoutError as exc:
        message = "The site did not answer in time."
        raise FetchError(message, fetch_code="source_timeout") from exc


def _queue(run: SyncRun, page: FoundPage) -> None:
    """Write what was found, to be brought, or to be looked at."""
    most = settings.SCRAPE_MAX_PICTURES
    found = [Wanted.of_found(picture) for picture in page.pictures[:most]]
    final = {"final_url": page.url, "final_page": page_key(page.url)}
    said = {"title": page.title, "is_feed": page.kind.is_list}
    params = run.job.params | final | said
    # One that led elsewhere may have been asked for before by that address.
    earlier = find_earlier(final["final_page"], before=run.job) if EARLIER not in params else None
    if earlier is not None:
        params[EARLIER] = earlier.as_params()
    Job.objects.filter(pk=run.job_id).update(params=params, name=page.title[:120])
    queue_items(run, list(enumerate(found)))
    SyncRun.objects.filter(pk=run.pk).update(expected_count=len(found))
    record_event(run.org_id, run.pk, "pictures_found", count=len(found))
    if len(page.pictures) > most:
        record_event(run.org_id, run.pk, "pictures_cut", count=len(page.pictures) - most)
