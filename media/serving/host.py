"""The cookieless host: signed pictures and nothing else, and nowhere else."""

import re
import uuid
from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotFound

from media.serving.addresses import PREFIX, is_signed, media_host
from media.serving.answers import answer_with
from media.serving.files import SIZES, find_file
from tenants.scope import org_scope

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ADDRESS = re.compile(f"{PREFIX}({_UUID})/({_UUID})/({'|'.join(SIZES)})\\Z")


class MediaHostMiddleware:
    """Answers every request to the host of ``MEDIA_ORIGIN`` itself.

    It stands before sessions and sign-in, so that nothing on that host can read or set a
    cookie; a signed address on any other host is an unknown page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.host = media_host()
        if not self.host:
            raise MiddlewareNotUsed

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the media host, and hand on what is for another."""
        if request.get_host().lower() != self.host:
            return self.get_response(request)
        return _serve(request) or HttpResponseNotFound(content_type="text/plain")


def _serve(request: HttpRequest) -> HttpResponseBase | None:
    match = _ADDRESS.match(request.path)
    if match is None or request.method not in ("GET", "HEAD"):
        return None
    org_id, media_id = uuid.UUID(match.group(1)), uuid.UUID(match.group(2))
    size = match.group(3)
    if not is_signed(
        org_id,
        media_id,
        size,
        expires=request.GET.get("expires", ""),
        signature=request.GET.get("signature", ""),
    ):
        return None
    with org_scope(org_id):
        file = find_file(media_id, size)
    # The transaction has ended: from here on only storage is read.
    if file is None:
        return None
    try:
        return answer_with(request, file, resource_policy="cross-origin")
    except Http404:
        return None
