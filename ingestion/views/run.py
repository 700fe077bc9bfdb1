"""One run: what it is at, what became of its records, and what happens next."""

import hashlib
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from ingestion.control import is_steered
from ingestion.engine.kinds import kinds
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.runs_page import pace, words
from ingestion.runs_page.download import lines_of
from ingestion.runs_page.items import EARLIER, UNIT_LABELS, Items, counts_of, items_of, units_of
from ingestion.runs_page.outlook import outlook_of
from ingestion.runs_page.reads import STATE_FILTERS, Seen, find_run, runs_page
from ingestion.views.bar import Part, parts_of
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

# Seconds until the page asks again: while it works, and while it waits for a time.
QUICK_S, SLOW_S = 2, 15
# What the address says of the records that are shown; the page keeps it when it asks again.
_OF_ITEMS = ("outcome", "reason", "after")


@requires(Permission.VIEW_LIBRARY)
@require_safe
def run(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show a run."""
    seen = _find(request, run_id)
    context = _live_context(request, seen) | _items_context(request, seen)
    return render(request, "ingestion/runs/run.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def run_live(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 at the end."""
    seen = _find(request, run_id)
    context = _live_context(request, seen)
    if context["version"] == request.GET.get("seen") and context["poll_s"]:
        return HttpResponse(status=204)
    part = _part_of_items(request, seen, context)
    context |= {"is_oob": True}
    html = render_to_string("ingestion/runs/run.html#live", context, request)
    html += render_to_string("ingestion/runs/run.html#history", context, request)
    if part:
        html += render_to_string(part, context, request)
    response = HttpResponse(html) if context["poll_s"] else HttpResponseStopPolling(html)
    if context["word"] != request.GET.get("said"):
        trigger_client_event(response, "magpie:announce", {"value": f"{context['word']}."})
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def run_items(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show a page of the run's records by themselves; the run's page shows the same."""
    seen = _find(request, run_id)
    return render(request, "ingestion/runs/items.html", _items_context(request, seen))


@requires(Permission.VIEW_LIBRARY)
@require_safe
def run_download(request: OrgRequest, run_id: uuid.UUID) -> StreamingHttpResponse:
    """Give out the records of a run, or those with one outcome, as CSV."""
    found = get_object_or_404(request.org.runs.all(), pk=run_id)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in (*ItemOutcome.values, *UNIT_LABELS) else ""

    def address_of(asset_id: uuid.UUID) -> str:
        path = org_reverse(request.org, "media:asset", asset_id=asset_id)
        return request.build_absolute_uri(path)

    name = f"run-{found.created_at:%Y-%m-%d}-{outcome or 'all'}.csv"
    return StreamingHttpResponse(
        lines_of(found, outcome, address_of),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@requires(Permission.VIEW_LIBRARY)
@require_safe
def job_runs(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """List the runs of a job, newest first."""
    job = get_object_or_404(request.org.jobs.select_related("connection"), pk=job_id)
    state, before = request.GET.get("state", ""), _key(request.GET.get("before", ""))
    runs, following = runs_page(request.org, job.pk, state=state, before=before)
    context = {
        "job": job,
        "title": words.title_of_job(job),
        "rows": [_row(each) for each in runs],
        "filters": [(name, label) for name, (label, _) in STATE_FILTERS.items()],
        "state": state if state in STATE_FILTERS else "",
        "following": following,
        "is_first_page": before is None,
    }
    return render(request, "ingestion/runs/runs.html", context)


def _find(request: OrgRequest, run_id: uuid.UUID) -> Seen:
    seen = find_run(request.org, run_id)
    if seen is None:
        raise Http404
    return seen


def _row(each: SyncRun) -> tuple[SyncRun, str, tuple[str, str], list[Part]]:
    """Return a run with its word, its look, and those of its figures that are not nought."""
    parts = [part for part in parts_of(each, words.labels_of(each)) if part.count]
    return each, words.state_word(each), words.look_of(each), parts


def _live_context(request: OrgRequest, seen: Seen) -> dict[str, Any]:
    """Return what changes while the run goes on."""
    now, found = timezone.now(), seen.run
    samples = _samples(request, seen)
    variant, icon = words.look_of(found)
    context: dict[str, Any] = {
        "seen": seen,
        "run": found,
        "title": words.title_of(found, seen.file_name),
        "word": words.state_word(found),
        "variant": variant,
        "icon": icon,
        "origin": words.origin_of(found),
        "scope": words.scope_of(found),
        "outlook": outlook_of(seen, now),
        "sentence": found.user_message or words.sentence_of(found.error_code),
        "is_failed": found.state in words.BAD_STATES,
        "is_import": found.kind == JobKind.IMPORT,
        "noun": _noun(seen),
        "counts_by_step": seen.run.kind == JobKind.PINS,
        "parts": parts_of(found, words.labels_of(found)),
        "steps": [(step, words.step_line(step)) for step in seen.steps],
        "attempts": [(attempt, words.attempt_line(attempt)) for attempt in seen.attempts],
        "timeline": words.timeline(seen),
        "rate": pace.spoken_rate(pace.rate(samples)),
        "rest": pace.spoken_rest(pace.remaining_s(samples, seen.records_left)),
        "may_control": _may_control(request, seen),
        "is_of_activity": not is_steered(found.kind),
        "poll_s": _poll_s(found),
        "asked": urlencode({key: request.GET.get(key, "") for key in _OF_ITEMS}),
    }
    # What people see, without what differs in each answer.
    fixed = context | {"csrf_token": "the same"}
    shown = render_to_string("ingestion/runs/live.html", fixed, request)
    shown += render_to_string("ingestion/runs/history.html", fixed, request)
    version = hashlib.sha256(f"{context['poll_s']} {shown}".encode()).hexdigest()[:16]
    return context | {"version": version, "samples": pace.written(samples)}


def _items_context(request: OrgRequest, seen: Seen) -> dict[str, Any]:
    """Return the records of the run as the address asks for them."""
    found, asked = seen.run, request.GET
    read = units_of if seen.is_stage else items_of
    items = read(
        found,
        outcome=asked.get("outcome", ""),
        reason=asked.get("reason", "").replace("\0", ""),
        after=asked.get("after", ""),
    )
    return {
        "run": found,
        "items": items,
        "is_stage": seen.is_stage,
        "can_retry_failed": _can_retry_failed(request, seen, items),
    }


def _noun(seen: Seen) -> str:
    if seen.run.kind == JobKind.PINS:
        return "pin"
    return "picture" if seen.is_stage else "record"


def _part_of_items(request: OrgRequest, seen: Seen, context: dict[str, Any]) -> str:
    """Return the part of the page that brings its records up to date; empty where none has to.

    All of them when the first have come, and at the end. In between only how many there are:
    who reads them is not disturbed, and the database is not asked.
    """
    whole, figures = "ingestion/runs/run.html#items", "ingestion/runs/items.html#outcomes"
    if not seen.run.is_open:
        context |= _items_context(request, seen)
        return whole
    if seen.is_stage:
        return ""
    context["items"] = items = counts_of(seen.run, shown=request.GET.get("shown", ""))
    if items.outcome:
        context["only_counts"] = True
        return figures
    if items.outcomes:
        context |= _items_context(request, seen)
        return whole
    return ""


def _can_retry_failed(request: OrgRequest, seen: Seen, items: Items) -> bool:
    """Return whether to offer that what failed is tried again: of what has ended, to who may."""
    is_known = seen.is_stage or any(
        kind.can_retry_items for kind in kinds() if kind.name == seen.run.kind
    )
    has_failed = is_known and any(
        choice.value in (ItemOutcome.FAILED, EARLIER) for choice in items.outcomes
    )
    may = _may_control(request, seen)
    return may and has_failed and not seen.run.is_open and not seen.run.is_dry_run


def _may_control(request: OrgRequest, seen: Seen) -> bool:
    return request.membership.allows(Permission.CONTROL_SYNC) and is_steered(seen.run.kind)


def _samples(request: OrgRequest, seen: Seen) -> pace.Samples:
    """Return what is known of the pace: what the page brings, and how it stands now."""
    found = seen.run
    brought = pace.read(request.GET.get("samples", ""))
    if found.state == RunState.RUNNING:
        return pace.add(brought, pace.Sample(int(time.time()), seen.progress))
    is_between_turns = found.state == RunState.QUEUED and found.run_after <= timezone.now()
    return brought if is_between_turns else ()


def _poll_s(found: SyncRun) -> int | None:
    """Return how soon to ask again; None once nothing can change by itself."""
    if not found.is_open:
        return None
    left_s = (found.run_after - timezone.now()).total_seconds()
    waits = found.state != RunState.RUNNING and left_s > SLOW_S
    return SLOW_S if waits else QUICK_S


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
