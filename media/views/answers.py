"""How the pages answer a change: a toast with Undo, in place or on the next page."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from media.library import LibraryFilter, Total
from media.models import Operation
from tenants.middleware import OrgRequest
from tenants.urls_for import org_reverse

NOTHING = "Nothing to change."
FAILED = "Something went wrong on our side: undo what was done, or ask for the rest again."


def undo_url(request: OrgRequest, operation: Operation) -> str:
    """Return the address that takes ``operation`` back; empty where there is nothing to."""
    if not operation.changed_count or operation.is_going_on:
        return ""
    return org_reverse(request.org, "media:undo", operation_id=operation.pk)


def say(request: OrgRequest, operation: Operation, note: str = "") -> None:
    """Leave a toast with Undo for the next page; ``note`` says what was left out and why."""
    sentence = sentence_of(operation, note)
    if operation.is_going_on:
        messages.info(request, f"{operation.summary}…", extra_tags=f"live:{operation.pk}")
    elif operation.changed_count:
        tags = f"undo:{undo_url(request, operation)}"
        messages.success(request, sentence, extra_tags=tags)
    else:
        messages.info(request, sentence)


def toast(
    request: OrgRequest,
    operation: Operation,
    *,
    note: str = "",
    total: Total | None = None,
    events: dict[str, Any],
) -> HttpResponse:
    """Answer htmx with a toast and ``events`` for the scripts; ``total`` replaces the page's.

    Of an operation that goes on behind the request, the toast follows how far it is.
    """
    context = {**toast_context(request, operation, note), "total": total}
    response = render(request, "media/parts/toast.html", context)
    response["HX-Trigger"] = json.dumps(events)
    return response


def toast_context(request: OrgRequest, operation: Operation, note: str = "") -> dict[str, Any]:
    """Return what a toast about ``operation`` shows."""
    return {
        "message": sentence_of(operation, note),
        "level": _level_of(operation),
        "undo_url": undo_url(request, operation),
        "operation": operation,
    }


def _level_of(operation: Operation) -> str:
    if operation.failed_at is not None:
        return "warning"
    return "success" if operation.changed_count else "info"


def sentence_of(operation: Operation, note: str) -> str:
    """Return what was done as a sentence, and what was not."""
    if operation.is_going_on:
        return progress_of(operation)
    if operation.failed_at is not None:
        return f"{operation.summary}. {FAILED}"
    done = f"{operation.summary}." if operation.changed_count else NOTHING
    return f"{done} {note}".strip()


def stale_wall(asked: LibraryFilter, *, tags: bool = False, boards: bool = False) -> dict[str, Any]:
    """Return the event that lets a wall of ``asked`` follow a change of tags or boards, if any.

    Words are looked for in the names of tags and boards, too.
    """
    is_stale = (tags and asked.tags) or (boards and asked.board) or ((tags or boards) and asked.q)
    return {"magpie:wall-stale": {}} if is_stale else {}


def progress_of(operation: Operation) -> str:
    """Return such as “Adding #oak to 100,000 assets: 41,000 done”, as a sentence."""
    return f"{operation.summary}: {operation.done_count:,} done."


def refused(request: HttpRequest, errors: list[str], back_to: str) -> HttpResponse:
    """Answer a form that cannot be used with 422: a toast for htmx, else a page that says why."""
    template = "media/parts/refusal_toast.html" if is_htmx(request) else "media/refused.html"
    return render(request, template, {"errors": errors, "back_to": back_to}, status=422)


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx asks, and will put the answer into the page."""
    return bool(getattr(request, "htmx", False))


def back_or(request: HttpRequest, fallback: str) -> HttpResponse:
    """Lead back to the page that the form was on."""
    referer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(referer if is_ours else fallback)


def errors_of(*forms: Any) -> list[str]:
    """Return all errors of ``forms`` as sentences."""
    return [str(error) for form in forms for found in form.errors.values() for error in found]
