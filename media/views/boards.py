"""All boards, and making one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from media import operations
from media.forms import BoardNameForm
from media.library.boards import board_page
from media.library.filters import parse_id
from media.operations.boards import board_to_be
from media.views.answers import say
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def board_list(request: OrgRequest) -> HttpResponse:
    """List the boards by name; ``after`` names the one behind which a page begins."""
    return _page(request, BoardNameForm())


@requires(Permission.EDIT_LIBRARY)
@require_POST
def board_create(request: OrgRequest) -> HttpResponse:
    """Make a board; a name that is taken leads to the board that has it."""
    form = BoardNameForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    name = form.cleaned_data["name"]
    board = board_to_be(name)
    if board is None:
        board, operation = operations.create_board(name, person(request))
        say(request, operation)
    return redirect(org_reverse(request.org, "media:board", board_id=board.pk))


def _page(request: OrgRequest, form: BoardNameForm, *, status: int = 200) -> HttpResponse:
    context = {
        "page": board_page(parse_id(request.GET.get("after", ""))),
        "is_first": "after" not in request.GET,
        "form": form,
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    template = "media/parts/board_cards.html" if request.htmx else "media/boards.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
