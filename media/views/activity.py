"""What people changed, and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from media import operations
from media.library.activity import activity_page
from media.models import Operation
from media.views.answers import back_or, undo_url
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def activity(request: OrgRequest) -> HttpResponse:
    """List the operations, newest first; ``before`` names the one where a page begins."""
    page = activity_page(request.GET.get("before", ""))
    context = {
        "page": page,
        "user_id": person(request).pk,
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
        "may_undo_others": request.membership.allows(Permission.UNDO_OTHERS),
    }
    template = "media/parts/operations.html" if request.htmx else "media/activity.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def undo_operation(request: OrgRequest, operation_id: UUID) -> HttpResponse:
    """Take an operation back; whose own it is not needs a role that may do that."""
    operation: Operation = get_object_or_404(request.org.operations, pk=operation_id)
    by = person(request)
    if operation.actor_id != by.pk and not request.membership.allows(Permission.UNDO_OTHERS):
        raise PermissionDenied
    if operation.undone_at is not None:
        messages.info(request, "That was undone already.")
    else:
        _say(request, operations.undo(operation, by))
    return back_or(request, org_reverse(request.org, "media:activity"))


def _say(request: OrgRequest, inverse: Operation) -> None:
    if not inverse.changed_count:
        messages.warning(request, "Nothing was undone: all of it was changed again since.")
        return
    level = messages.warning if inverse.kept_count else messages.success
    level(request, f"{inverse.summary}.", extra_tags=f"undo:{undo_url(request, inverse)}")
