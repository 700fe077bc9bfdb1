"""Changes of all that is selected: boards, tags, the trash."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from media import operations
from media.forms import BoardChoiceForm, SelectionForm, TagsForm
from media.library import Total, page_of
from media.models import Board, Operation
from media.operations import Selection
from media.views.answers import back_or, errors_of, refused, say, stale_wall, toast
from tenants.middleware import OrgRequest
from tenants.models import User
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person

Change = Callable[[Selection, User], Operation]


@requires(Permission.EDIT_LIBRARY)
@require_POST
def add_to_board(request: OrgRequest) -> HttpResponse:
    """Put the selected assets on a board, which is made if its name is new."""
    form, choice = SelectionForm(request.POST), BoardChoiceForm(request.POST)
    if not (form.is_valid() and choice.is_valid()):
        return refused(request, errors_of(form, choice), _library(request))
    selection, board, by = form.selection(), choice.existing(), person(request)
    selected = selection.count()
    if board is None:
        name = choice.cleaned_data["board_name"]
        board, operation = operations.add_to_new_board(selection, name, by)
    else:
        operation = operations.add_to_board(selection, board, by)
    note = _skipped(selected, operation, f"on “{board.name}” already")
    return _answer(request, operation, note, events=stale_wall(form.asked, boards=True))


@requires(Permission.EDIT_LIBRARY)
@require_POST
def take_off_board(request: OrgRequest, board_id: UUID) -> HttpResponse:
    """Take the selected assets off a board."""
    board = get_object_or_404(Board.objects.present(), pk=board_id)
    return _move(
        request,
        lambda selection, by: operations.remove_from_board(selection, board, by),
        f"not on “{board.name}”",
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def add_tags(request: OrgRequest) -> HttpResponse:
    """Put tags on the selected assets."""
    return _tags(request, operations.add_tags, "tagged so already")


@requires(Permission.EDIT_LIBRARY)
@require_POST
def remove_tags(request: OrgRequest) -> HttpResponse:
    """Take tags off the selected assets."""
    return _tags(request, operations.remove_tags, "not tagged so")


@requires(Permission.EDIT_LIBRARY)
@require_POST
def move_to_trash(request: OrgRequest) -> HttpResponse:
    """Move the selected assets to the trash."""
    return _move(request, operations.trash_assets, "in the trash already")


@requires(Permission.EDIT_LIBRARY)
@require_POST
def restore(request: OrgRequest) -> HttpResponse:
    """Bring the selected assets back from the trash."""
    return _move(request, operations.restore_selection, "not in the trash")


def _tags(
    request: OrgRequest, change: Callable[[Selection, list[str], User], Operation], reason: str
) -> HttpResponse:
    form, tags = SelectionForm(request.POST), TagsForm(request.POST)
    if not (form.is_valid() and tags.is_valid()):
        return refused(request, errors_of(form, tags), _library(request))
    selection = form.selection()
    selected = selection.count()
    operation = change(selection, tags.cleaned_data["tags"], person(request))
    note = _skipped(selected, operation, reason)
    return _answer(request, operation, note, events=stale_wall(form.asked, tags=True))


def _move(request: OrgRequest, change: Change, reason: str) -> HttpResponse:
    """Make a change after which the selected cards do not belong to the list any more."""
    form = SelectionForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _library(request))
    selection = form.selection()
    selected = selection.count()
    operation = change(selection, person(request))
    note = _skipped(selected, operation, reason)
    if form.cleaned_data["all"] and not operation.is_going_on:
        # The whole list is another one.
        events: dict[str, Any] = {"magpie:selection-done": {}, "magpie:wall-stale": {}}
        return _answer(request, operation, note, events=events)
    ids = [str(pk) for pk in form.cleaned_data["ids"]]
    # What goes on behind the request may still be called off.
    left = {} if operation.is_going_on else {"magpie:removed": {"ids": ids}}
    events = {**left, "magpie:selection-done": {}}
    total = page_of(form.asked, count=1).total if request.htmx else None
    return _answer(request, operation, note, events=events, total=total)


def _answer(
    request: OrgRequest,
    operation: Operation,
    note: str,
    *,
    events: dict[str, Any] | None = None,
    total: Total | None = None,
) -> HttpResponse:
    if not request.htmx:
        say(request, operation, note)
        return back_or(request, _library(request))
    events = {**(events or {}), "magpie:library-changed": {}}
    return toast(request, operation, note=note, total=total, events=events)


def _skipped(selected: int, operation: Operation, reason: str) -> str:
    """Return how many were left as they were, and why."""
    if operation.is_going_on:
        return ""
    left = selected - operation.changed_count
    return f"{left:,} skipped: {reason}." if left > 0 else ""


def _library(request: OrgRequest) -> str:
    return org_reverse(request.org, "media:library")
