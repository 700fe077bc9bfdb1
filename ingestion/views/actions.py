"""What people do with one import."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ingestion import control
from ingestion.imports import services
from ingestion.models import Job
from ingestion.models.job import JobKind
from ingestion.views.controls import say_queued
from ingestion.views.listing import person
from ingestion.views.replies import Reply, answer
from media.again import Which
from media.models.stage import Stage
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse


@requires(Permission.IMPORT)
@require_POST
def import_start(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Import the files, or go on with an import that failed."""
    job = _job(request, job_id)
    return _act(request, job, lambda: services.start_import(job, by=person(request)))


@requires(Permission.IMPORT)
@require_POST
def import_check(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Look at the files once more."""
    job = _job(request, job_id)
    return _act(request, job, lambda: services.check_again(job, by=person(request)))


@requires(Permission.IMPORT)
@require_POST
def import_resume(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Go on with what was stopped on the command line."""
    job = _job(request, job_id)

    def resume() -> None:
        if not services.resume_import(job):
            messages.info(request, "Nothing of it was stopped; it stands as you see it here.")

    return _act(request, job, resume)


@requires(Permission.IMPORT)
@require_POST
def import_cancel(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Stop at the next page; what was read stays."""
    job = _job(request, job_id)

    def cancel() -> None:
        if not services.cancel_import(job, by=person(request)):
            messages.info(request, "It had ended already; nothing was stopped.")

    return _act(request, job, cancel)


@requires(Permission.IMPORT)
@require_POST
def import_discard(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Delete the files of an import that was never started."""
    job = _job(request, job_id)
    try:
        services.discard(job, by=person(request))
    except AppError as error:
        messages.error(request, error.message)
        return redirect(_address(request, job))
    messages.success(request, "Discarded. The files are deleted; the library is as it was.")
    return redirect(org_reverse(request.org, "ingestion:imports"))


@requires(Permission.IMPORT)
@require_POST
def import_restore(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Bring back what the import passed over because people had removed it."""
    job = _job(request, job_id)
    run = get_object_or_404(
        job.runs.filter(is_dry_run=False).select_related("job__connection").order_by("-pk")[:1]
    )
    restored = services.restore_removed(run, by=person(request))
    messages.success(request, _say(restored), extra_tags=_undo_tag(request, restored))
    return redirect(_address(request, job))


@requires(Permission.CONTROL_SYNC)
@require_POST
def stage_again(request: OrgRequest, stage: str, which: str) -> HttpResponse:
    """Run a stage of the pictures again: over what is missing, what failed, or all.

    The import whose page asked for it shows how far that is.
    """
    if stage not in Stage.values or which not in Which.values:
        raise Http404

    def run() -> Reply:
        queued = control.run_stage(request.org, Stage(stage), Which(which), by=person(request))
        return say_queued(queued, queued.run.job)

    return answer(request, run)


def _job(request: OrgRequest, job_id: uuid.UUID) -> Job:
    job: Job = get_object_or_404(request.org.jobs.filter(kind=JobKind.IMPORT), pk=job_id)
    return job


def _act(request: OrgRequest, job: Job, change: Callable[[], object]) -> HttpResponse:
    """Make one change, say it where it is refused, and lead back to the import."""
    try:
        change()
    except AppError as error:
        messages.error(request, error.message)
    return redirect(_address(request, job))


def _address(request: OrgRequest, job: Job) -> str:
    return org_reverse(request.org, "ingestion:import_detail", job_id=job.pk)


def _say(restored: services.Restored) -> str:
    if not restored.from_trash and not restored.released:
        return "Everything was back already."
    sentences = []
    if restored.from_trash:
        sentences.append(f"{restored.from_trash:,} brought back from the trash.")
    if restored.released:
        sentences.append(
            f"{restored.released:,} had been deleted for good; import the file again to have them."
        )
    return " ".join(sentences)


def _undo_tag(request: OrgRequest, restored: services.Restored) -> str:
    if restored.operation is None:
        return ""
    address = org_reverse(request.org, "media:undo", operation_id=restored.operation.pk)
    return f"undo:{address}"
