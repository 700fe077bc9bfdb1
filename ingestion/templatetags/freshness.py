"""The banner of pages that show synced data."""

from typing import Any

from django import template
from django.template import Context

from ingestion.freshness.lines import lines_of
from tenants.permissions import Permission

register = template.Library()

# Further ones are folded away.
SHOWN_LINES = 2


@register.inclusion_tag("ingestion/freshness/banner.html", takes_context=True)
def freshness_banner(context: Context, *names: str) -> dict[str, Any]:
    """Say what is old of the datasets ``names``, why, and what mends it; nothing when all is well.

    ``{% freshness_banner "saved_items" "pictures" %}``; one query, however many there are.
    """
    request = context["request"]
    lines = lines_of(names)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "shown": lines[:SHOWN_LINES],
        "folded": lines[SHOWN_LINES:],
        "may_control": request.membership.allows(Permission.CONTROL_SYNC),
        "may_import": request.membership.allows(Permission.IMPORT),
    }
