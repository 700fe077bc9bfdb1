"""The bell in the header of every page of an organization."""

from typing import Any

from django import template

from tenants.permissions import Permission
from tenants.urls_for import org_reverse

register = template.Library()


@register.inclusion_tag("ingestion/notify/bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """Show the bell to those who are told anything; what is unread is asked for by the page."""
    request = context["request"]
    if not request.membership.allows(Permission.CONTROL_SYNC):
        return {}
    return {
        "list_url": org_reverse(request.org, "ingestion:notifications"),
        "count_url": org_reverse(request.org, "ingestion:notification_count"),
    }
