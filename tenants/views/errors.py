"""Answers to requests that went wrong before a view could say so."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django_htmx.http import trigger_client_event

from tenants.sign_in import signed_out

FRESH_TOKEN = "magpie:fresh-token"  # noqa: S105  # the name of an event
SENTENCE = "You have signed in anew since this page was opened. Press once more."


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form has grown old; ``reason`` is for developers and stays out of the page.

    A script on a page that was open before its person signed in anew gets what makes the page good
    again, so that nothing which is written there is lost. No other site can read it, nor send the
    header of such a request.
    """
    htmx: Any = getattr(request, "htmx", None)
    if not htmx:
        return render(request, "tenants/csrf_failure.html", status=HTTPStatus.FORBIDDEN)
    if not request.user.is_authenticated:
        return signed_out(htmx.current_url_abs_path)
    response = HttpResponse(SENTENCE, status=HTTPStatus.FORBIDDEN, content_type="text/plain")
    response["Cache-Control"] = "no-store"
    detail = {"message": SENTENCE, "token": get_token(request)}
    return trigger_client_event(response, FRESH_TOKEN, detail)
