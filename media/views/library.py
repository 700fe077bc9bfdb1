"""The library: a wall of all that is saved, its filters, and what is still on its way."""

import dataclasses

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from media.library import LibraryFilter, facet_counts
from media.library.cards import cards_of
from media.library.filters import parse_id
from media.library.progress import picture_progress
from media.models import Asset
from media.signals import empty_library_asked
from media.views.listing import date_form, sort_of, sort_part, wall
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# htmx ends a poll on this status.
STOP_POLLING = 286
# Cards of one page that are looked after at once; static/js/arrivals.js sends no more.
MAX_WAITING = 60
# Seconds until the page asks again: while pictures arrive, and at the most.
QUICK_S, SLOW_S = 4, 60


@requires(Permission.VIEW_LIBRARY)
@require_safe
def library(request: OrgRequest) -> HttpResponse:
    """Show what is saved; the filter, the order and the place stand in the address."""
    asked = dataclasses.replace(LibraryFilter.parse(request.GET), trash=False)
    # Without script the counts come with the page, on demand.
    facets = facet_counts(asked) if "filters" in request.GET else None
    # The template asks why there is nothing only where that is so.
    return wall(request, asked, "media/library.html", {"facets": facets, "emptiness": _emptiness})


@requires(Permission.VIEW_LIBRARY)
@require_safe
def facets(request: OrgRequest) -> HttpResponse:
    """Show the filters that would leave something, with exact counts."""
    asked, sort = LibraryFilter.parse(request.GET), sort_of(request.GET)
    context = {
        "facets": facet_counts(asked),
        "sort_part": sort_part(asked, sort),
        "dates": date_form(asked, sort),
        "asked": asked,
    }
    return render(request, "media/parts/facets.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def progress(request: OrgRequest) -> HttpResponse:
    """Say how many pictures are still to come; asked again while there are any.

    ``ids`` are assets whose cards wait on the page: what has become of them comes along.
    """
    pictures = picture_progress()
    asked = [parse_id(text) for text in request.GET.getlist("ids")[:MAX_WAITING]]
    arrived = [card for card in cards_of(asked) if card.state != "processing"]
    # A page with more cards than one question holds asks for the others, too.
    has_more = bool(arrived) and len(asked) == MAX_WAITING
    was_waiting = request.GET.get("waiting", "").isdecimal()
    context = {
        "pictures": pictures,
        "arrived": arrived,
        "has_more": has_more,
        "was_waiting": was_waiting,
        "pause_s": _pause_s(request, pictures.waiting),
    }
    goes_on = pictures.waiting or has_more
    status = 200 if goes_on else STOP_POLLING
    response = render(request, "media/parts/progress.html", context, status=status)
    if was_waiting and not goes_on:
        response["HX-Trigger"] = "magpie:library-changed"
    return response


def _emptiness() -> str:
    """Return why a library without assets is empty: ``trashed``, ``used`` or ``new``."""
    if Asset.objects.filter(removed_at__isnull=False).exists():
        return "trashed"
    answers = empty_library_asked.send(sender=Asset)
    return "used" if any(was_used for _, was_used in answers) else "new"


def _pause_s(request: OrgRequest, waiting: int) -> int:
    """Return how soon to ask again: less and less often while nothing arrives."""
    before = request.GET.get("pause", "")
    if request.GET.get("waiting") != str(waiting) or not before.isdecimal():
        return QUICK_S
    return min(max(2 * int(before[:3]), QUICK_S), SLOW_S)
