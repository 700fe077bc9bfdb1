"""How the pages of the control plane answer what people did there."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event

from media.views.answers import back_or
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.urls_for import org_reverse

# Regions that follow the engine ask again when they hear this.
CHANGED = "magpie:sync-changed"
INVALID = 422


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What became of what somebody asked for.

    Attributes:
        level: as Django's messages name it.
        undo_url: the address that takes it back; empty where nothing does.
    """

    sentence: str
    level: str = "success"
    undo_url: str = ""


def answer(request: OrgRequest, act: Callable[[], Reply], *, back_to: str = "") -> HttpResponse:
    """Do what was asked for, and say what became of it, or why not.

    htmx gets a toast, and an event that lets what is shown follow at once; a browser without
    script is led back to the page that it was on, or to ``back_to``.
    """
    try:
        reply = act()
    except AppError as error:
        reply = Reply(error.message, "error")
    if request.htmx:
        return _toast(request, reply)
    tag = f"undo:{reply.undo_url}" if reply.undo_url else ""
    messages.add_message(request, messages.DEFAULT_LEVELS[reply.level.upper()], reply.sentence, tag)
    return redirect(back_to) if back_to else _back(request)


def ask(request: HttpRequest, question: str, context: dict[str, Any]) -> HttpResponse:
    """Show a question, with what was wrong with the last answer to it."""
    template = f"ingestion/pipelines/{question}.html"
    if getattr(request, "htmx", False):
        template += "#question"
    status = INVALID if request.method == "POST" else 200
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _toast(request: OrgRequest, reply: Reply) -> HttpResponse:
    context = {"message": reply.sentence, "level": reply.level, "undo_url": reply.undo_url}
    response = HttpResponse(
        render_to_string("ingestion/pipelines/toast.html", context, request=request)
    )
    patch_vary_headers(response, ["HX-Request"])
    return trigger_client_event(response, CHANGED)


def _back(request: OrgRequest) -> HttpResponse:
    """Lead back; a form that has a page of its own is done with."""
    home = org_reverse(request.org, "ingestion:pipelines")
    came_from = urlsplit(request.headers.get("Referer", "")).path
    return redirect(home) if came_from == request.path else back_or(request, home)
