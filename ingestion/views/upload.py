"""One job over single pictures: its pictures while they come, or those to choose from."""

import datetime as dt
import uuid
from typing import Any, Final

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import (
    HttpResponseClientRefresh,
    HttpResponseStopPolling,
    trigger_client_event,
)

from faces.models import FaceSettings
from ingestion.gather import queries
from ingestion.gather.earlier import Earlier
from ingestion.gather.queries import Gathering
from ingestion.gather.status import ItemStatus, JobStatus
from ingestion.models import RunItem
from ingestion.models.job import GATHERING
from ingestion.uploads_page import looks, reads
from ingestion.uploads_page.paging import Pages, pages_of
from ingestion.views.uploads import RELOAD_S, tell
from media.imaging.values import RENDITION_MEDIA_TYPE
from media.models.blob import RenditionName
from media.serving.answers import answer_with
from media.serving.files import ServedFile
from media.storage import rendition_key
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# Widths that people choose by; what is smaller is mostly an ornament.
WIDTHS: Final = (200, 400, 800, 1200)
# The nightly sweep removes bytes that nothing uses once they are a day old.
PREVIEWS_KEPT: Final = dt.timedelta(hours=20)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def upload(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show a job: how far it is, and each of its pictures."""
    found = reads.find(get_object_or_404(reads.jobs(), pk=job_id))
    return render(request, "ingestion/uploads/upload.html", _context(request, found))


@requires(Permission.VIEW_LIBRARY)
@require_safe
def upload_live(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 at the end."""
    found = reads.find(get_object_or_404(reads.jobs(), pk=job_id))
    if found.awaits_choice:
        # Another page: what is chosen there must not be drawn anew under anybody's hands.
        return HttpResponseClientRefresh()
    context = _context(request, found)
    if context["version"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    html = render_to_string("ingestion/uploads/upload.html#live", context, request)
    response = HttpResponse(html) if context["poll_s"] else HttpResponseStopPolling(html)
    patch_vary_headers(response, ["HX-Request"])
    # The grid's keys begin anew with what was drawn anew.
    trigger_client_event(response, "magpie:grid", after="swap")
    tell(response, [found] if found.is_over else [])
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def upload_candidate(
    request: OrgRequest, job_id: uuid.UUID, item_id: uuid.UUID
) -> HttpResponseBase:
    """Give out the thumbnail of a picture that was found on a page and is in no library yet."""
    item = get_object_or_404(
        RunItem, pk=item_id, run__job_id=job_id, run__job__kind__in=GATHERING, run__is_dry_run=True
    )
    sha256 = (item.payload or {}).get("seen_sha256", "")
    key = rendition_key(request.org.pk, sha256, RenditionName.THUMB)
    if not sha256 or not default_storage.exists(key):
        raise Http404
    file = ServedFile(key, sha256, default_storage.size(key), RENDITION_MEDIA_TYPE)
    return answer_with(request, file, resource_policy="same-origin")


def _context(request: OrgRequest, found: Gathering) -> dict[str, Any]:
    pictures = queries.pictures_of(found)
    status = request.GET.get("status", "")
    chosen = pictures if found.awaits_choice else reads.with_status(pictures, status)
    shown, pages = _page_of(request, found, chosen)
    tiles = reads.tiles_of(shown)
    poll_s = looks.poll_s([found])
    states = [(tile.picture.id, tile.picture.status, tile.card, tile.faces) for tile in tiles]
    return {
        "found": found,
        "title": looks.title_of(found),
        "address": looks.short_address(found.url),
        "chip": looks.chip_of(found),
        "earlier": Earlier.of_job(found.job),
        "sums": looks.progress_of(found),
        "filters": _filters(found),
        "status": status if status in ItemStatus.values else "",
        "tiles": tiles,
        "pages": pages,
        "board": reads.board_of(found),
        "widths": WIDTHS,
        "fresh_count": sum(tile.picture.status == ItemStatus.COMPLETED for tile in tiles),
        "has_previews": _has_previews(found),
        "can_retry": found.counts.failed > 0 or found.status == JobStatus.FAILED,
        "spoken": looks.spoken_of(found),
        "has_faces": FaceSettings.objects.filter(is_enabled=True).exists(),
        "may_import": request.membership.allows(Permission.IMPORT),
        "poll_s": poll_s,
        "reload_s": RELOAD_S,
        "version": reads.version_of(reads.state_of(found), states, poll_s),
    }


def _has_previews(found: Gathering) -> bool:
    """Return whether the thumbnails of what was found are kept still."""
    ended_at = found.look.finished_at if found.look is not None else None
    return ended_at is not None and timezone.now() - ended_at < PREVIEWS_KEPT


def _filters(found: Gathering) -> list[looks.Chip]:
    """Return by which states the pictures can be narrowed: those that any of them is in."""
    return [chip for chip in looks.chips_of(found.counts) if chip.count]


def _page_of(
    request: OrgRequest, found: Gathering, pictures: list[queries.Picture]
) -> tuple[list[queries.Picture], Pages | None]:
    """Return the pictures of the page that was asked for; what is chosen from is one page."""
    if found.awaits_choice:
        return pictures, None
    asked = request.GET.get("page", "")
    pages = pages_of(asked, count=len(pictures), size=reads.PAGE_SIZE)
    return pictures[pages.part], pages
