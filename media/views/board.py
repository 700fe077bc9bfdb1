"""One board: the library, filtered to it."""

import dataclasses
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from media import operations
from media.forms import BoardNameForm
from media.library import LibraryFilter
from media.models import Board
from media.views.answers import errors_of, refused, say
from media.views.listing import wall
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def board_page(request: OrgRequest, board_id: UUID) -> HttpResponse:
    """Show what is on a board, in its order."""
    board = _board(board_id)
    asked = dataclasses.replace(LibraryFilter.parse(request.GET), board=str(board.pk), trash=False)
    return wall(request, asked, "media/board.html", {"board": board})


@requires(Permission.EDIT_LIBRARY)
@require_POST
def board_rename(request: OrgRequest, board_id: UUID) -> HttpResponse:
    """Give a board a name of one's own."""
    board = _board(board_id)
    form = BoardNameForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _address(request, board))
    say(request, operations.rename_board(board, form.cleaned_data["name"], person(request)))
    return redirect(_address(request, board))


@requires(Permission.EDIT_LIBRARY)
@require_POST
def board_remove(request: OrgRequest, board_id: UUID) -> HttpResponse:
    """Remove a board; what is on it stays in the library."""
    say(request, operations.remove_board(_board(board_id), person(request)))
    return redirect(org_reverse(request.org, "media:boards"))


def _board(board_id: UUID) -> Board:
    return get_object_or_404(Board.objects.present(), pk=board_id)


def _address(request: OrgRequest, board: Board) -> str:
    return org_reverse(request.org, "media:board", board_id=board.pk)
