"""What people changed, and taking it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING, retarget, trigger_client_event

from media import operations
from media.library.activity import activity_page
from media.models import Operation
from media.views.answers import back_or, progress_of, say, toast_context, undo_url
from tenants.errors import NotReadyError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def activity(request: OrgRequest) -> HttpResponse:
    """List the operations, newest first; ``before`` names the one where a page begins."""
    page = activity_page(request.GET.get("before", ""))
    context = {"page": page, **_rights(request)}
    template = "media/parts/operations.html" if request.htmx else "media/activity.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def undo_operation(request: OrgRequest, operation_id: UUID) -> HttpResponse:
    """Take an operation back; whose own it is not needs a role that may do that."""
    operation = _own(request, operation_id)
    if operation.undone_at is not None:
        messages.info(request, "That was undone already.")
    else:
        try:
            _say(request, operations.undo(operation, person(request)))
        except NotReadyError as error:
            messages.warning(request, error.message)
    return back_or(request, org_reverse(request.org, "media:activity"))


@requires(Permission.VIEW_LIBRARY)
@require_safe
def operation_progress(request: OrgRequest, operation_id: UUID) -> HttpResponse:
    """Tell how far an operation is: to its toast, or with ``row`` to its row of the list."""
    operation = get_object_or_404(
        request.org.operations.select_related("actor", "undone_by"), pk=operation_id
    )
    is_row = "row" in request.GET
    if operation.is_going_on:
        template = "media/parts/live_row.html" if is_row else "media/parts/live_text.html"
        message = progress_of(operation)
        context = {"operation": operation, "operation_id": operation.pk, "message": message}
        return render(request, template, context)
    template = "media/parts/operation.html" if is_row else "components/toast.html"
    context = {**toast_context(request, operation), **_rights(request)}
    response = render(request, template, context, status=HTMX_STOP_POLLING)
    retarget(response, f"#operation-{'row-' if is_row else ''}{operation.pk}")
    trigger_client_event(response, "magpie:library-changed")
    trigger_client_event(response, "magpie:wall-stale")
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def cancel_operation(request: OrgRequest, operation_id: UUID) -> HttpResponse:
    """Call off what is left of an operation; whose own it is not needs a role that may do that."""
    operation = _own(request, operation_id)
    if operation.is_going_on:
        say(request, operations.cancel(operation))
    else:
        messages.info(request, "It had ended already; nothing was stopped.")
    return back_or(request, org_reverse(request.org, "media:activity"))


def _own(request: OrgRequest, operation_id: UUID) -> Operation:
    """Return an operation that the person may take back.

    Raises:
        Http404: it is none of the organization's.
        PermissionDenied: it is somebody else's, and the role is too low.
    """
    operation: Operation = get_object_or_404(request.org.operations, pk=operation_id)
    is_own = operation.actor_id == person(request).pk
    if not is_own and not request.membership.allows(Permission.UNDO_OTHERS):
        raise PermissionDenied
    return operation


def _rights(request: OrgRequest) -> dict[str, Any]:
    """Return what decides on the buttons of an operation."""
    return {
        "user_id": person(request).pk,
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
        "may_undo_others": request.membership.allows(Permission.UNDO_OTHERS),
    }


def _say(request: OrgRequest, inverse: Operation) -> None:
    if inverse.is_going_on:
        say(request, inverse)
        return
    if not inverse.changed_count:
        messages.warning(request, "Nothing was undone: all of it was changed again since.")
        return
    level = messages.warning if inverse.kept_count else messages.success
    level(request, f"{inverse.summary}.", extra_tags=f"undo:{undo_url(request, inverse)}")
