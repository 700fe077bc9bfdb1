"""The library: a wall of all that is saved, its filters, and what is still on its way."""

import dataclasses

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from media.library import LibraryFilter, facet_counts
from media.library.progress import picture_progress
from media.views.listing import sort_of, sort_part, wall
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# htmx ends a poll on this status.
STOP_POLLING = 286


@requires(Permission.VIEW_LIBRARY)
@require_safe
def library(request: OrgRequest) -> HttpResponse:
    """Show what is saved; the filter, the order and the place stand in the address."""
    asked = dataclasses.replace(LibraryFilter.parse(request.GET), trash=False)
    # Without script the counts come with the page, on demand.
    facets = facet_counts(asked) if "filters" in request.GET else None
    return wall(request, asked, "media/library.html", {"facets": facets})


@requires(Permission.VIEW_LIBRARY)
@require_safe
def facets(request: OrgRequest) -> HttpResponse:
    """Show the filters that would leave something, with exact counts."""
    asked = LibraryFilter.parse(request.GET)
    context = {
        "facets": facet_counts(asked),
        "sort_part": sort_part(asked, sort_of(request.GET)),
        "board": asked.board,
    }
    return render(request, "media/parts/facets.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def progress(request: OrgRequest) -> HttpResponse:
    """Say how many pictures are still to come; asked again while there are any."""
    pictures = picture_progress()
    was_waiting = request.GET.get("waiting", "").isdecimal()
    context = {"pictures": pictures, "was_waiting": was_waiting}
    status = 200 if pictures.waiting else STOP_POLLING
    return render(request, "media/parts/progress.html", context, status=status)
