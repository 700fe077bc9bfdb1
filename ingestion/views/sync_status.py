"""Sync status: how fresh each source is, asked for again while something goes on."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling

from ingestion import sync_status as reads
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def sync_status(request: OrgRequest) -> HttpResponse:
    """Answer what is new of the panel; 204 where nothing is, 286 once all is at rest."""
    context = status_context(request) | {"is_oob": True}
    if context["poll_s"] and context["version"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    html = render_to_string("ingestion/sync/rows.html", context, request)
    html += render_to_string("ingestion/sync/summary.html", context, request)
    return HttpResponse(html) if context["poll_s"] else HttpResponseStopPolling(html)


def status_context(request: OrgRequest) -> dict[str, Any]:
    """Return what the panel shows."""
    found = reads.sync_status(timezone.now())
    context: dict[str, Any] = {
        "sync": found,
        "may_control": request.membership.allows(Permission.CONTROL_SYNC),
        "may_import": request.membership.allows(Permission.IMPORT),
        "poll_s": reads.poll_s(found),
    }
    # What people see, without what differs in each answer.
    fixed = context | {"csrf_token": "the same", "version": ""}
    shown = render_to_string("ingestion/sync/rows.html", fixed, request)
    shown += render_to_string("ingestion/sync/summary.html", fixed, request)
    return context | {"version": hashlib.sha256(shown.encode()).hexdigest()[:16]}
