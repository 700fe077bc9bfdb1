"""Keeps when and from where each session was last used, for the page of sessions."""

import hashlib

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

# How exactly "last seen" is kept: often enough for people to tell their sessions apart.
RECORDED_EVERY_S = 5 * 60
CACHE = "process"


class SessionActivityMiddleware(UserSessionsMiddleware):  # type: ignore[misc]  # no types
    """Records a session's use once in a while instead of on every request.

    allauth reads and writes the row of the session for each page and each of its pictures. What
    was recorded lately is remembered by the process, so that the other requests cost nothing;
    another address or browser is recorded at once.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, after recording it if it is time to."""
        if not _is_due(request):
            return self.get_response(request)  # type: ignore[no-any-return]  # no types
        response: HttpResponse = super().__call__(request)
        return response


def _is_due(request: HttpRequest) -> bool:
    """Return whether the like of this request was not recorded lately; it counts as such then."""
    if request.session.session_key is None:
        return False
    client = (
        request.session.session_key,
        request.META.get("REMOTE_ADDR"),
        request.META.get("HTTP_X_FORWARDED_FOR"),
        request.META.get("HTTP_USER_AGENT"),
    )
    key = hashlib.sha256(repr(client).encode()).hexdigest()
    return caches[CACHE].add(key, value=True, timeout=RECORDED_EVERY_S)
