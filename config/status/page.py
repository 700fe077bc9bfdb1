"""The operator's page, in the admin."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.status.problems import problems_of
from config.status.sections import sections
from config.status.snapshot import take_snapshot


@never_cache
@require_safe
def status_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how the installation is doing; ``context`` is the admin's own."""
    found = take_snapshot()
    return TemplateResponse(
        request,
        "admin/status.html",
        {
            **context,
            "title": "Status",
            "snapshot": found,
            "problems": problems_of(found),
            "sections": sections(found),
        },
    )
