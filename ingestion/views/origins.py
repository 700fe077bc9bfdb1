"""Where an asset came from, as its page shows it."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from ingestion.imports.origins import provenance_of
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def asset_origins(request: OrgRequest, asset_id: uuid.UUID) -> HttpResponse:
    """Say which connections reported an asset, in which imports; a page of its own without htmx."""
    asset = get_object_or_404(request.org.assets, pk=asset_id)
    template = "ingestion/origins.html#origins" if request.htmx else "ingestion/origins.html"
    response = render(request, template, {"asset": asset, "origins": provenance_of(asset)})
    patch_vary_headers(response, ["HX-Request"])
    return response
