"""Watched folders: which there are, watching one, and stopping."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ingestion.drops.forms import WatchForm
from ingestion.drops.queries import folder_choices, watched_folders
from ingestion.drops.services import chosen_connection, stop_watching, watch_folder
from ingestion.drops.space import MAX_FILES, place_of
from ingestion.models import Job
from ingestion.models.job import JobKind, JobState
from ingestion.views.listing import person
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def drop_folder(request: OrgRequest) -> HttpResponse:
    """Say where files are put, watch a folder or change one, and list those that are watched."""
    job = _watching(request)
    form = WatchForm(request.POST or None, choices=folder_choices(), job=job)
    if request.method == "POST" and form.is_valid() and _watch(request, form):
        return redirect(org_reverse(request.org, "ingestion:drop_folder"))
    context = {
        "form": form,
        "edited": job,
        "folders": watched_folders(request.org),
        "space": place_of(request.org.pk),
        "max_files": MAX_FILES,
    }
    status = 422 if form.errors else 200
    return render(request, "ingestion/drops/folder.html", context, status=status)


@requires(Permission.CONTROL_SYNC)
@require_POST
def drop_folder_stop(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Look at a folder no more."""
    jobs = request.org.jobs.filter(kind=JobKind.DROP).exclude(state=JobState.ARCHIVED)
    stop_watching(get_object_or_404(jobs, pk=job_id), by=person(request))
    messages.success(request, "The folder is watched no more. What was imported stays.")
    return redirect(org_reverse(request.org, "ingestion:drop_folder"))


def _watching(request: OrgRequest) -> Job | None:
    """Return what watches the folder of the connection that the address names, if any."""
    try:
        key = uuid.UUID(request.GET.get("connection", ""))
    except ValueError:
        return None
    jobs = request.org.jobs.filter(kind=JobKind.DROP, is_one_off=False, connection_id=key)
    found: Job | None = jobs.exclude(state=JobState.ARCHIVED).select_related("connection").first()
    return found


def _watch(request: OrgRequest, form: WatchForm) -> bool:
    """Watch the folder; note in the form why that cannot be."""
    try:
        watch_folder(
            chosen_connection(request.org, form.cleaned_data["connection"]),
            form.cleaned_data["folder"],
            form.cadence,
            by=person(request),
        )
    except AppError as error:
        form.add_error("folder", error.message)
        return False
    messages.success(request, "The folder is watched. Its first files come in shortly.")
    return True
