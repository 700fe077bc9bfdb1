"""Answers to what a page asks from time to time."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseStopPolling


def answer_polling(
    request: HttpRequest, template: str, context: dict[str, Any], *, goes_on: bool
) -> HttpResponse:
    """Render what is new; by 286, which ends the asking, where nothing is going on any more."""
    html = render_to_string(template, context, request)
    response = HttpResponse(html) if goes_on else HttpResponseStopPolling(html)
    patch_vary_headers(response, ["HX-Request"])
    return response
