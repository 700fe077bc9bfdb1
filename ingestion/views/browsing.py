"""What people put into their browsers, so that one press saves what they see."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ingestion.gather.bookmarklet import bookmarklet
from ingestion.gather.extension import extension_name, pack_extension
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.IMPORT)
@require_safe
def browsing(request: OrgRequest) -> HttpResponse:
    """Show the bookmark to be dragged, the extension, and how to use them."""
    origin = request.build_absolute_uri("/").rstrip("/")
    context = {"bookmarklet": bookmarklet(origin), "origin": origin, "file": extension_name()}
    return render(request, "ingestion/capture/browsing.html", context)


@requires(Permission.IMPORT)
@require_safe
def extension(request: OrgRequest) -> HttpResponse:
    """Give out the extension, packed."""
    response = HttpResponse(pack_extension(), content_type="application/zip")
    name = extension_name()
    response["Content-Disposition"] = content_disposition_header(True, name) or ""  # by place only
    response["X-Content-Type-Options"] = "nosniff"
    return response
