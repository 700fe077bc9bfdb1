"""The trash: what was removed and can still be brought back."""

import dataclasses

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from media.library import LibraryFilter
from media.views.listing import wall
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def trash(request: OrgRequest) -> HttpResponse:
    """Show what was removed, the latest first."""
    asked = dataclasses.replace(LibraryFilter.parse(request.GET), trash=True)
    return wall(
        request, asked, "media/trash.html", {"trash_days_text": f"{settings.TRASH_DAYS} days"}
    )
