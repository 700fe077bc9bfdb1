"""Gives each request a name, so that its lines in the log can be found together."""

import re
import uuid
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenants.log_context import log_context

HEADER: Final = "X-Request-ID"
_WELL_FORMED: Final = re.compile(r"[\w.-]{8,64}", re.ASCII)


class RequestIdMiddleware:
    """Notes the request's name with every line, and tells it in the answer.

    A proxy of ours may have given it one; what anybody else sends is not taken over, so that
    nobody can write under the name of another's request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request under its name."""
        request_id = _given(request) or uuid.uuid4().hex
        # For what Django logs of the answer once the context below has closed.
        request.magpie_request_id = request_id  # type: ignore[attr-defined]  # ours
        with log_context(request_id=request_id):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


def fields_of(request: object) -> dict[str, str]:
    """Return what a line should say of a request that may have ended, as far as it is known."""
    request_id = getattr(request, "magpie_request_id", None)
    # A page's membership is its request's own, that of a call to the API is in its credential.
    found = getattr(request, "membership", None)
    found = found or getattr(getattr(request, "auth", None), "membership", None)
    org_id = getattr(found, "org_id", None)
    known = {"request_id": request_id, "org_id": org_id}
    return {name: str(value) for name, value in known.items() if value is not None}


def _given(request: HttpRequest) -> str | None:
    """Return the name that a proxy of ours gave, if it can be one."""
    given = request.headers.get(HEADER, "")
    is_ours = settings.SECURE_PROXY_SSL_HEADER is not None
    return given if is_ours and _WELL_FORMED.fullmatch(given) else None
