"""What people do with the link of an asset."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from ingestion.stages.queueing import look_again
from media.library.detail import link_of
from media.views.answers import back_or
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

ASKED = "The linked page is checked again shortly."
NEVER = "Links are not checked here, or this site is never asked."


@requires(Permission.EDIT_LIBRARY)
@require_POST
def link_look_again(request: OrgRequest, asset_id: uuid.UUID) -> HttpResponse:
    """Let the page that an asset links to be checked; one that waits already is not doubled."""
    asset = get_object_or_404(request.org.assets.present().exclude(link_url=""), pk=asset_id)
    is_asked = look_again(asset)
    message, level = (ASKED, "success") if is_asked else (NEVER, "info")
    if request.htmx:
        context = {"asset": asset, "link": link_of(asset), "may_edit": True}
        context |= {"message": message, "level": level, "with_link_toast": True}
        return render(request, "media/parts/side_link.html", context)
    messages.add_message(request, messages.DEFAULT_LEVELS[level.upper()], message)
    return back_or(request, org_reverse(request.org, "media:asset", asset_id=asset.pk))
