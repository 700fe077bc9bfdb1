"""What people decided about faces and people, and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from faces import people
from faces.models import FaceEvent
from faces.people.telling import decisions_page, tell
from faces.views.answers import say
from faces.views.review import show_next
from media.library.filters import parse_id
from media.views.answers import back_or
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def decision_list(request: OrgRequest) -> HttpResponse:
    """List what was decided, newest first; ``before`` names the one where a page begins."""
    before = FaceEvent.objects.filter(pk=parse_id(request.GET.get("before", ""))).first()
    context = {
        "page": decisions_page(before),
        "user_id": person(request).pk,
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
        "may_undo_others": request.membership.allows(Permission.UNDO_OTHERS),
    }
    template = "faces/parts/decisions.html" if request.htmx else "faces/decisions.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def undo_decision(request: OrgRequest, event_id: UUID) -> HttpResponse:
    """Take a decision back; whose own it is not needs a role that may do that.

    From the review, with ``of``, the question is asked again.
    """
    event: FaceEvent = get_object_or_404(FaceEvent.objects.all(), pk=event_id)
    by = person(request)
    if event.actor_id != by.pk and not request.membership.allows(Permission.UNDO_OTHERS):
        raise PermissionDenied
    try:
        inverse = people.undo(event, by)
    except AppError as error:
        if request.htmx:
            return show_next(request, said=error.message)
        messages.warning(request, error.message)
    else:
        if request.htmx:
            return show_next(request, said=f"{tell([inverse])[0].sentence}.")
        say(request, inverse)
    return back_or(request, org_reverse(request.org, "faces:decisions"))
