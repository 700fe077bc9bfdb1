"""The Pipeline Manager: every source, what it refreshes, and how that goes."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ingestion.pipelines.chart import chart_of_days
from ingestion.pipelines.past import past_page
from ingestion.pipelines.pulse import SLOW_S, Pulse, take_pulse
from ingestion.pipelines.reads import FILTERS, Asked, manager_of
from ingestion.views.polling import answer_polling
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

LONGEST_Q = 120
DIGITS = 6


@requires(Permission.VIEW_LIBRARY)
@require_safe
def pipelines(request: OrgRequest) -> HttpResponse:
    """Show the connections, the stages, and what the last days brought."""
    context = _context(request, take_pulse()) | {"chart": chart_of_days()}
    return render(request, "ingestion/pipelines/pipelines.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def pipelines_live(request: OrgRequest) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 once all is idle."""
    pulse = take_pulse()
    if pulse.version == request.GET.get("seen") and pulse.poll_s:
        return HttpResponse(status=204)
    template = "ingestion/pipelines/pipelines.html#live"
    return answer_polling(
        request, template, _context(request, pulse), goes_on=pulse.poll_s is not None
    )


@requires(Permission.VIEW_LIBRARY)
@require_safe
def pipelines_past(request: OrgRequest) -> HttpResponse:
    """List the one-off jobs that are done, the newest first."""
    jobs, following = past_page(request.org, before=_before(request))
    context = {
        "jobs": jobs,
        "following": following,
        "is_first_page": _before(request) is None,
    }
    return render(request, "ingestion/pipelines/past.html", context)


def _context(request: OrgRequest, pulse: Pulse) -> dict[str, Any]:
    manager = manager_of(request.org, _asked(request))
    return {
        "manager": manager,
        "filters": [(key, label, manager.counts[key]) for key, (label, _) in FILTERS.items()],
        "has_connections": bool(manager.counts[""]) or bool(manager.asked.q),
        "may_control": request.membership.allows(Permission.CONTROL_SYNC),
        "may_import": request.membership.allows(Permission.IMPORT),
        "poll_s": pulse.poll_s,
        # A whole page, for browsers without script: not as often as a fragment.
        "reload_s": SLOW_S,
        "version": pulse.version,
    }


def _asked(request: OrgRequest) -> Asked:
    health = request.GET.get("health", "")
    page = request.GET.get("page", "")
    is_number = page.isascii() and page.isdecimal() and len(page) <= DIGITS
    return Asked(
        q=request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_Q],
        health=health if health in FILTERS else "",
        page=max(int(page), 1) if is_number else 1,
    )


def _before(request: OrgRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("before", ""))
    except ValueError:
        return None
