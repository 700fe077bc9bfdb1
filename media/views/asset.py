"""One asset in full: its pictures, what is known about it, and what was done to it."""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from media.forms import TextForm
from media.library import LibraryFilter, Sort
from media.library.detail import link_of, pictures_of, places_of, tags_of
from media.library.neighbours import neighbours_of
from media.library.pages import default_sort
from media.models import Asset, Board
from media.operations import history_of
from media.views.listing import query_of, sort_of
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

MAX_HISTORY = 20


@requires(Permission.VIEW_LIBRARY)
@require_safe
def asset_page(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Show an asset; the address also holds the list that it was opened from."""
    asset = get_object_or_404(request.org.assets.select_related("removed_by"), pk=asset_id)
    template = "media/parts/viewer.html" if request.htmx else "media/asset.html"
    response = render(request, template, asset_context(request, asset))
    patch_vary_headers(response, ["HX-Request"])
    return response


def asset_context(
    request: OrgRequest, asset: Asset, form: TextForm | None = None
) -> dict[str, Any]:
    """Return all that the page of ``asset`` shows; ``form`` is one that was sent in vain."""
    asked = _list_of(request, asset)
    sort = sort_of(request.GET) or default_sort(asked)
    text = asset.own_text or asset.source_text
    return {
        **_pictures(request, asset),
        **_ways(asset, asked, sort),
        "asset": asset,
        "text": text,
        "link": link_of(asset) if asset.link_url else None,
        "form": form or TextForm(initial={"title": asset.title, "text": text}),
        "tags": tags_of(asset),
        "places": places_of(asset),
        "history": history_of(asset)[:MAX_HISTORY],
        "purged_at": _purged_at(asset),
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
        "may_download": request.membership.allows(Permission.DOWNLOAD_ORIGINALS),
    }


def _pictures(request: OrgRequest, asset: Asset) -> dict[str, Any]:
    """Return all pictures, and the one whose number the address gives as ``shown``."""
    pictures = pictures_of(asset)
    at = _place(request.GET.get("shown", ""), len(pictures))
    return {
        "pictures": pictures,
        "picture": pictures[at] if pictures else None,
        "picture_number": at + 1,
        "previous_number": at,
        "next_number": at + 2,
    }


def _ways(asset: Asset, asked: LibraryFilter, sort: Sort) -> dict[str, Any]:
    """Return the ways to the list and to the neighbours in it."""
    board = Board.objects.present().filter(pk=asked.board_id).first() if asked.board else None
    return {
        "neighbours": neighbours_of(asset.pk, asked, sort),
        "query": query_of(asked, sort),
        "list_board": board,
    }


def _list_of(request: OrgRequest, asset: Asset) -> LibraryFilter:
    asked = LibraryFilter.parse(request.GET)
    return dataclasses.replace(asked, trash=asset.removed_at is not None)


def _purged_at(asset: Asset) -> dt.datetime | None:
    return asset.removed_at and asset.removed_at + dt.timedelta(days=settings.TRASH_DAYS)


def _place(text: str, count: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 1
    return min(max(number, 1), max(count, 1)) - 1
