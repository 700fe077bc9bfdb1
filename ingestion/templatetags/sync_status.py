"""Sync status on the page that people land on."""

from typing import Any

from django import template
from django.template import Context

from ingestion.views.sync_status import status_context

register = template.Library()


@register.inclusion_tag("ingestion/sync/status.html", takes_context=True)
def sync_status(context: Context) -> dict[str, Any]:
    """Say how fresh all data is, the worst first; one quiet line where all is well.

    Nothing where nothing was ever brought in. One query.
    """
    request = context["request"]
    return status_context(request) | {"request": request, "csrf_token": context.get("csrf_token")}
