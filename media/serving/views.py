"""Pages' own way to pictures: with the session of a member."""

import uuid

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from media.serving.answers import answer_with
from media.serving.files import ORIGINAL, find_file
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def picture(request: OrgRequest, media_id: uuid.UUID, size: str) -> HttpResponseBase:
    """Give out a rendition of a picture."""
    return _serve(request, media_id, size)


@requires(Permission.DOWNLOAD_ORIGINALS)
@require_safe
def original(request: OrgRequest, media_id: uuid.UUID) -> HttpResponseBase:
    """Give out the bytes as they came, to be saved and not shown."""
    return _serve(request, media_id, ORIGINAL)


def _serve(request: OrgRequest, media_id: uuid.UUID, size: str) -> HttpResponseBase:
    file = find_file(media_id, size)
    if file is None:
        raise Http404
    return answer_with(request, file, resource_policy="same-origin")
