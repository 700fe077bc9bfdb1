"""Changes of one asset, from its page."""

import dataclasses
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from media import operations
from media.forms import BoardChoiceForm, TagsForm, TextForm
from media.library import LibraryFilter, page_of
from media.models import Asset, Board, Operation, Tag
from media.operations import Selection
from media.views.answers import errors_of, refused, say, stale_wall, toast, toast_context
from media.views.asset import asset_context
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person

SIDE = "media/parts/side.html"


@requires(Permission.EDIT_LIBRARY)
@require_POST
def edit_text(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Set the title and the text; the button ``reset`` takes the source's for one of them."""
    asset = _asset(request, asset_id)
    form = TextForm(request.POST)
    if not form.is_valid():
        template = SIDE if request.htmx else "media/asset.html"
        context = {**asset_context(request, asset, form), "is_editing": True}
        return render(request, template, context, status=422)
    wanted = {**form.cleaned_data}
    if (reset := request.POST.get("reset", "")) in wanted:
        wanted[reset] = ""
    operation = operations.edit_asset(
        asset, title=wanted["title"], text=wanted["text"], by=person(request)
    )
    return _answer(request, asset, operation)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def add_tags(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Put tags on the asset."""
    asset = _asset(request, asset_id)
    form = TagsForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _address(request, asset))
    operation = operations.add_tags(_only(asset), form.cleaned_data["tags"], person(request))
    return _answer(request, asset, operation)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def remove_tag(request: OrgRequest, asset_id: UUID, tag_id: UUID) -> HttpResponse:
    """Take a tag off the asset."""
    asset = _asset(request, asset_id)
    tag = get_object_or_404(Tag.objects.all(), pk=tag_id)
    operation = operations.remove_tags(_only(asset), [tag.name], person(request))
    return _answer(request, asset, operation)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def add_to_board(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Put the asset on a board, which is made if its name is new."""
    asset = _asset(request, asset_id)
    form = BoardChoiceForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _address(request, asset))
    board, by = form.existing(), person(request)
    if board is None:
        name = form.cleaned_data["board_name"]
        _, operation = operations.add_to_new_board(_only(asset), name, by)
    else:
        operation = operations.add_to_board(_only(asset), board, by)
    return _answer(request, asset, operation)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def take_off_board(request: OrgRequest, asset_id: UUID, board_id: UUID) -> HttpResponse:
    """Take the asset off a board."""
    asset = _asset(request, asset_id)
    board = get_object_or_404(Board.objects.present(), pk=board_id)
    operation = operations.remove_from_board(_only(asset), board, person(request))
    return _answer(request, asset, operation)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def move_to_trash(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Move the asset to the trash."""
    asset = _asset(request, asset_id)
    operation = operations.trash_assets(_only(asset), person(request))
    return _leave(request, asset, operation, "media:library")


@requires(Permission.EDIT_LIBRARY)
@require_POST
def restore(request: OrgRequest, asset_id: UUID) -> HttpResponse:
    """Bring the asset back from the trash."""
    asset = _asset(request, asset_id)
    operation = operations.restore_selection(_only(asset), person(request))
    return _leave(request, asset, operation, "media:trash")


def _asset(request: OrgRequest, asset_id: UUID) -> Asset:
    asset: Asset = get_object_or_404(request.org.assets, pk=asset_id)
    return asset


def _only(asset: Asset) -> Selection:
    return Selection.of_ids([asset.pk])


def _address(request: OrgRequest, asset: Asset) -> str:
    address = org_reverse(request.org, "media:asset", asset_id=asset.pk)
    return f"{address}?{request.GET.urlencode()}" if request.GET else address


def _answer(request: OrgRequest, asset: Asset, operation: Operation) -> HttpResponse:
    """Show the right side anew, or lead back to the page."""
    if not request.htmx:
        say(request, operation)
        return redirect(_address(request, asset))
    asset.refresh_from_db()
    context = {
        **asset_context(request, asset),
        **toast_context(request, operation),
        "with_toast": True,
    }
    response = render(request, SIDE, context)
    stale = stale_wall(LibraryFilter.parse(request.GET), tags=True, boards=True)
    response["HX-Trigger"] = json.dumps({"magpie:library-changed": {}, **stale})
    return response


def _leave(request: OrgRequest, asset: Asset, operation: Operation, page: str) -> HttpResponse:
    """Go back to the list, where the asset is no more."""
    if not request.htmx:
        say(request, operation)
        query: Any = request.GET.urlencode()
        address = org_reverse(request.org, page)
        return redirect(f"{address}?{query}" if query else address)
    asked = dataclasses.replace(LibraryFilter.parse(request.GET), trash=page == "media:trash")
    events = {"magpie:removed": {"ids": [str(asset.pk)]}, "magpie:viewer-done": {}}
    return toast(
        request,
        operation,
        total=page_of(asked, count=1).total,
        events={**events, "magpie:library-changed": {}},
    )
