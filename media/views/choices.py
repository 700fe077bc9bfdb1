"""Boards and tags to choose from, as a menu asks for them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from media.library import suggest
from media.library.filters import parse_id
from media.models import Asset, Board
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# More are found by typing.
MAX_BOARDS = 200


@requires(Permission.VIEW_LIBRARY)
@require_safe
def board_choices(request: OrgRequest) -> HttpResponse:
    """List the boards by name, as buttons of the form around the menu."""
    boards = list(Board.objects.present().by_name()[:MAX_BOARDS])
    context = {"boards": boards, "asset": _asset(request)}
    return render(request, "media/parts/board_choices.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def tag_choices(request: OrgRequest) -> HttpResponse:
    """List the tags that begin with the last word that is being typed."""
    typed = request.GET.get("tags", "").rpartition(",")[2].strip()
    found = [each for each in suggest(typed) if each.kind == "tag"]
    context = {"tags": found, "asset": _asset(request)}
    return render(request, "media/parts/tag_choices.html", context)


def _asset(request: OrgRequest) -> Asset | None:
    """Return the asset that the form around is about; None for a selection."""
    if "asset" not in request.GET:
        return None
    return get_object_or_404(Asset.objects.all(), pk=parse_id(request.GET["asset"]))
