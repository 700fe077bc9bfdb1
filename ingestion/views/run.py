"""One run: what it is at, what became of its records, and what happens next."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def run(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show a run."""
    found = get_object_or_404(request.org.runs.select_related("job"), pk=run_id)
    return render(request, "ingestion/runs/run.html", {"run": found})


@requires(Permission.VIEW_LIBRARY)
@require_safe
def job_runs(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """List the runs of a job, newest first."""
    job = get_object_or_404(request.org.jobs.all(), pk=job_id)
    context = {"job": job, "runs": job.runs.newest_first()[:50]}
    return render(request, "ingestion/runs/runs.html", context)
