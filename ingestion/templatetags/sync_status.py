"""Sync status on the page that people land on."""

from typing import Any

from django import template
from django.template import Context

from ingestion.views.sync_status import status_context

register = template.Library()


@register.inclusion_tag("ingestion/sync/status.html", takes_context=True)
def sync_status(context: Context, *told: str) -> dict[str, Any]:
    """Say how fresh all data is, the worst first; one quiet line where all is well.

    Nothing where nothing was ever brought in. One query.

    Args:
        told: the datasets that the page's banner speaks of. Where nothing else is in trouble, the
            details are folded: nobody needs to be told twice.
    """
    request = context["request"]
    found = status_context(request)
    return found | {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "is_open": found["sync"].has_trouble_beside(told),
    }
