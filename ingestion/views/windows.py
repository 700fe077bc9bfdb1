"""What people ask of jobs beyond a plain run: a trial, a window of time, an earlier checkpoint.

Each leads to the run that does it, or shows its question again with what was wrong.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ingestion import control
from ingestion.imports.queries import as_import, imports_of
from ingestion.models import Job
from ingestion.pipelines.names import job_name
from ingestion.pipelines.windows import (
    RewindForm,
    WindowForm,
    checkpoints_of,
    offered_by,
    stood_at,
    told_form,
)
from ingestion.views.listing import person
from ingestion.views.replies import INVALID, ask
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

Act = Callable[[], control.Queued]


@requires(Permission.CONTROL_SYNC)
@require_safe
def job_more(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show what else can be asked of a job."""
    return ask(request, "more", _more(_job(request, job_id)))


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_rehearse(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Queue a run that writes nothing and says what one would do."""
    job = _job(request, job_id)
    return _lead(request, lambda: control.rehearse(job, person(request))) or _again(request, job)


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_backfill(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Read a window of time once more."""
    job = _job(request, job_id)
    form = WindowForm(request.POST)
    done = _backfill(request, job, form) if form.is_valid() else None
    return done or _again(request, job, window_form=form)


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_rewind(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Go back to where the job's stream stood once, and read on from there."""
    job = _job(request, job_id)
    form = RewindForm(request.POST, job=job)
    if form.is_valid():
        place = form.cleaned_data["checkpoint"]
        done = _lead(request, lambda: control.rewind(job, place, person(request)))
        if done is not None:
            return done
    return _again(request, job, rewind_form=form)


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_told(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Choose what a job does from now on, and start it."""
    job = _job(request, job_id)
    form = told_form(job, request.POST)
    if form is None or not form.is_valid():
        return _again(request, job, told_form=form)
    told = form.cleaned_data
    done = _lead(request, lambda: control.tell(job, told, person(request)))
    return done or _again(request, job, told_form=form)


@requires(Permission.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_window(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask for a window of time, and read what was saved in it from the files once more."""
    found = as_import(get_object_or_404(imports_of(request.org), pk=job_id))
    form = WindowForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        done = _backfill(request, found.job, form)
        if done is not None:
            return done
    status = INVALID if request.method == "POST" else 200
    context = {"found": found, "form": form}
    return render(request, "ingestion/window.html", context, status=status)


def _job(request: OrgRequest, job_id: uuid.UUID) -> Job:
    job: Job = get_object_or_404(request.org.jobs.select_related("connection"), pk=job_id)
    return job


def _backfill(request: OrgRequest, job: Job, form: WindowForm) -> HttpResponse | None:
    start, end = form.window
    return _lead(request, lambda: control.backfill(job, start, end, person(request)))


def _lead(request: OrgRequest, act: Act) -> HttpResponse | None:
    """Do it and lead to the run; None where it cannot be done, of which the page then tells."""
    try:
        queued = act()
    except AppError as error:
        messages.error(request, error.message)
        return None
    messages.success(request, "In line; this is the run." if queued.is_new else "It was in line.")
    return redirect(org_reverse(request.org, "ingestion:run", run_id=queued.run.pk))


def _again(request: OrgRequest, job: Job, **forms: Form | None) -> HttpResponse:
    return ask(request, "more", _more(job) | forms)


def _more(job: Job) -> dict[str, Any]:
    """Return what the question shows."""
    offered = offered_by(job.kind)
    places = checkpoints_of(job) if offered.rewind else ()
    return {
        "job": job,
        "name": job_name(job),
        "offered": offered,
        "window_form": WindowForm(auto_id=f"id_%s_{job.pk}"),
        "rewind_form": RewindForm(job=job),
        "told_form": told_form(job) if offered.tell else None,
        "places": [(place, stood_at(job.kind, place)) for place in places],
    }
