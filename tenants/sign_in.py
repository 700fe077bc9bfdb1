"""Who is not signed in: a page leads to the sign-in, a part of a page says that it is needed.

And who is signed in, but not sure enough for what they ask.
"""

import http
import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows import reauthentication
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event

SIGNED_OUT = "magpie:signed-out"
SENTENCE = "You have been signed out. What you see and wrote here stays until you leave the page."


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks everybody to sign in, except where a view is open to all.

    A request of a script follows redirects by itself: the sign-in page would be put into the place
    of a part of the page, over what somebody has written there. Such a request gets 401, and an
    event on which the page says so and asks no more (static/js/announce.js).
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        """Answer somebody who is not signed in."""
        htmx: Any = getattr(request, "htmx", None)
        if htmx:
            return signed_out(htmx.current_url_abs_path)
        response = super().handle_no_permission(request, view_func)
        patch_vary_headers(response, ["HX-Request"])
        return response


def signed_out(page: str | None) -> HttpResponse:
    """Return the answer to a part of ``page``, which is where the sign-in leads back to."""
    address = resolve_url(settings.LOGIN_URL)
    if page:
        address += "?" + urlencode({REDIRECT_FIELD_NAME: page})
    response = HttpResponse(
        SENTENCE, status=http.HTTPStatus.UNAUTHORIZED, content_type="text/plain; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["HX-Request"])
    detail = {"message": SENTENCE, "href": address, "label": "Sign in again"}
    return trigger_client_event(response, SIGNED_OUT, detail)


def has_proven_themself(request: HttpRequest) -> bool:
    """Return whether somebody has just shown that they are who is signed in.

    What asks for it leads to ``account_reauthenticate`` and back.
    """
    # Allauth's decorator would bring a form that was sent back past our middleware.
    return not reauthentication.is_reauthentication_required(request, app="")


def has_proven_themself_within(request: HttpRequest, seconds: int) -> bool:
    """Return whether somebody signed in, or answered when they were asked again, so lately."""
    user: Any = request.user
    proofs = get_authentication_records(request, user)
    return bool(proofs) and time.time() - proofs[-1]["at"] < seconds


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Return whether the second factor was shown in this session.

    One that began before it was set up came in by the password alone.
    """
    user: Any = request.user
    return any(proof["method"] == "mfa" for proof in get_authentication_records(request, user))
