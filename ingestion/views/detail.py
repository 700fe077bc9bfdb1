"""One import: its phases while it goes on, and its report."""

import hashlib
import tempfile
import uuid
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from ingestion.imports.pictures import PictureProgress, picture_progress
from ingestion.imports.queries import (
    as_import,
    imports_of,
    records_per_second,
    rejected_rows,
    remaining_s,
)
from ingestion.imports.report import MEMBER_REASONS, explain, rejected_csv, report_of
from ingestion.imports.status import Import
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.views.bar import parts_of
from media.library import source_name
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

ROWS = 50
CSV_IN_MEMORY_BYTES = 4 * 1024**2
# Seconds until the page asks again: while records or pictures arrive, and while all waits.
QUICK_S, STEADY_S, SLOW_S = 2, 5, 15
TENTHS = 10
DOUBLE = "duplicate_in_file"
MINUTE_S = 60
_LOOKS: dict[str, tuple[str, str]] = {
    RunState.RUNNING: ("running", "loader"),
    RunState.SUCCEEDED: ("success", "check"),
    RunState.WARNINGS: ("warning", "alert"),
    RunState.FAILED: ("danger", "error"),
    RunState.ACTION_REQUIRED: ("danger", "error"),
    RunState.DEAD: ("danger", "error"),
    RunState.CANCELLED: ("waiting", "stop"),
}


@requires(Permission.VIEW_LIBRARY)
@require_safe
def import_detail(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show an import: phases, figures, and what was not ingested."""
    found = _find(request, job_id)
    context = _live_context(request, found) | _rest_context(request, found)
    return render(request, "ingestion/import.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_safe
def import_progress(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 at the end."""
    found = _find(request, job_id)
    context = _live_context(request, found)
    html = render_to_string("ingestion/import.html#live", context, request)
    has_rest = request.GET.get("rest") == "1"
    if context["version"] == request.GET.get("seen") and context["poll_s"]:
        return HttpResponse(status=204)
    if context["has_rest"] and not has_rest:
        context |= _rest_context(request, found) | {"is_oob": True}
        html += render_to_string("ingestion/import.html#rest", context, request)
    response = HttpResponse(html) if context["poll_s"] else HttpResponseStopPolling(html)
    if context["said"] != request.GET.get("said"):
        trigger_client_event(response, "magpie:announce", {"value": context["announcement"]})
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def import_csv(request: OrgRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Give out the records that were not ingested, with their reasons."""
    found = _find(request, job_id)
    # Written while the scope is open; the answer leaves after it.
    file = tempfile.SpooledTemporaryFile(max_size=CSV_IN_MEMORY_BYTES)  # noqa: SIM115  # sent below
    file.write(b"\xef\xbb\xbf")
    if found.current is not None:
        for line in rejected_csv(found.current):
            file.write(line.encode())
    file.seek(0)
    name = f"{_file_stem(found)}-not-ingested.csv"
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )


def _file_stem(found: Import) -> str:
    """Return the name of the import's first file, without endings, as a file of ours may have."""
    name = found.files[0].name if found.files else ""
    # Some have two: ``dataset.tar.gz``, ``pins.json.zip``; a date with dots keeps its parts.
    while (parts := PurePath(name)).suffix and parts.suffix[1:].isalpha():
        name = parts.stem
    return slugify(name.replace(".", "-")) or "import"


def _notes(run: SyncRun) -> dict[str, str]:
    """Return what is to be said of the outcomes of an import, beside their numbers."""
    without = run.reference_only_count
    return {
        "new": f"of them {intcomma(without)} without a picture at the source" if without else "",
        "unchanged": "in the library already, the same",
        "updated": "in the library already, changed since",
    }


def _find(request: OrgRequest, job_id: uuid.UUID) -> Import:
    return as_import(get_object_or_404(imports_of(request.org), pk=job_id))


def _live_context(request: OrgRequest, found: Import) -> dict[str, Any]:
    """Return what changes while the import goes on."""
    now, run = timezone.now(), found.run
    current = found.current
    pictures = picture_progress(run) if run is not None and run.raw_count else None
    tenth = _tenth(current)
    context: dict[str, Any] = {
        "found": found,
        "run": run,
        "current": current,
        "preflight_look": _look(found.preflight),
        "run_look": _look(run),
        "parts": parts_of(current, notes=_notes(current)) if current is not None else [],
        "pictures": pictures,
        "has_stand_ins": bool(settings.FETCH_HOST_MAP),
        "may_import": request.membership.allows(Permission.IMPORT),
        "pace": records_per_second(current, now=now) if found.is_at_work and current else None,
        "remaining": _spoken(current, now) if found.is_at_work and current else "",
        "poll_s": _poll_s(found, pictures),
        "has_rest": not found.is_at_work,
        "said": f"{found.phase}-{tenth}",
        "announcement": _announcement(found, tenth),
    }
    # What people see, without what differs in each answer.
    fixed = context | {"csrf_token": "the same"}
    plain = render_to_string("ingestion/import.html#phases", fixed, request)
    shown = f"{context['poll_s']} {plain}"
    return context | {"version": hashlib.sha256(shown.encode()).hexdigest()[:16]}


def _rest_context(request: OrgRequest, found: Import) -> dict[str, Any]:
    """Return what is there once the records have been read: report and rejected rows."""
    if found.is_at_work or found.current is None:
        return {"report": None}
    run = found.current
    reason, after = request.GET.get("reason", "").replace("\0", ""), _after(request)
    rows = rejected_rows(run, after=after, reason=reason, limit=ROWS + 1)
    report = report_of(run)
    return {
        "report": report,
        "source_label": source_name(found.source),
        "doubles": sum(each.count for each in report.reasons if each.reason == DOUBLE),
        "reason": reason,
        "rows": [(row, explain(row)) for row in rows[:ROWS]],
        "is_first_rows": after < 0,
        "after": rows[ROWS - 1].ordinal if len(rows) > ROWS else None,
        "skipped_members": [
            (name, MEMBER_REASONS.get(why, why))
            for name, why in found.job.params.get("skipped_members", [])
        ],
    }


def _poll_s(found: Import, pictures: PictureProgress | None) -> int | None:
    """Return how soon to ask again; None once nothing can change by itself."""
    if found.retry_at is not None:
        return SLOW_S if (found.retry_at - timezone.now()).total_seconds() > SLOW_S else QUICK_S
    if found.is_held:
        return SLOW_S
    if found.is_at_work:
        return QUICK_S
    # Of an import that failed or was cancelled, too, what was read brings its pictures.
    if pictures is None or pictures.is_done:
        return None
    return SLOW_S if pictures.is_waiting else STEADY_S


def _tenth(run: SyncRun | None) -> int:
    if run is None or not run.bytes_total or run.state != RunState.RUNNING:
        return 0
    return TENTHS * run.bytes_read // run.bytes_total


def _announcement(found: Import, tenth: int) -> str:
    """Return what to tell people who hear the page: each phase, and each tenth of it."""
    if found.is_at_work and tenth:
        return f"{found.word}: {10 * tenth} percent."
    return f"{found.word}."


def _look(run: SyncRun | None) -> dict[str, str]:
    """Return the variant and the icon of a run's phase."""
    variant, icon = _LOOKS.get(run.state if run is not None else "", ("waiting", "clock"))
    return {"variant": variant, "icon": icon}


def _spoken(run: SyncRun, now: datetime) -> str:
    """Return the remaining time as people say it; empty while nobody can tell."""
    left_s = remaining_s(run, now=now)
    if left_s is None:
        return ""
    if left_s < MINUTE_S:
        return "less than a minute"
    minutes = round(left_s / MINUTE_S)
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


def _after(request: OrgRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < TENTHS else -1
