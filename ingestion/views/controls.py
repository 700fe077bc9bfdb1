"""What people do with jobs and stages: run, pause, resume, cancel, and how often.

Each address acts on POST. Those that ask something first show their question on GET: as a page
of its own, or, for htmx, in the place that the Pipeline Manager keeps for it.
"""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ingestion import control
from ingestion.models import Job
from ingestion.models.run import RunMode, RunState
from ingestion.pipelines.cadences import Preview, preview_of
from ingestion.pipelines.forms import PauseForm, ScheduleForm
from ingestion.pipelines.names import job_name, stage_unit
from ingestion.pipelines.stages import count_units
from ingestion.views.listing import person
from ingestion.views.replies import Reply, answer, ask
from media.again import Which
from media.models.stage import Stage
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_run(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Queue a run of a job, before all scheduled work; one that waits already is not doubled."""
    job = _job(request, job_id)
    return answer(request, lambda: say_queued(control.run_now(job, by=person(request)), job))


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def job_pause(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask why, and let a job make no further runs until somebody resumes it."""
    job = _job(request, job_id)
    sent = request.POST if request.method == "POST" else None
    form = PauseForm(sent, auto_id=f"id_%s_{job.pk}")
    if not form.is_valid():
        return ask(request, "pause", {"job": job, "name": job_name(job), "form": form})

    def pause() -> Reply:
        control.pause(job, by=person(request), reason=form.cleaned_data["reason"])
        undo = org_reverse(request.org, "ingestion:job_resume", job_id=job.pk)
        return Reply(f"{job_name(job)}: paused until somebody resumes it.", "success", undo)

    return answer(request, pause)


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_resume(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Let a paused job go on."""
    job = _job(request, job_id)

    def resume() -> Reply:
        control.resume(job, by=person(request))
        undo = org_reverse(request.org, "ingestion:job_pause", job_id=job.pk)
        return Reply(f"{job_name(job)}: goes on.", "success", undo)

    return answer(request, resume)


@requires(Permission.CONTROL_SYNC)
@require_POST
def job_cancel(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """End what a job has in line or at work; what was committed stays."""
    job = _job(request, job_id)

    def cancel() -> Reply:
        ended = [run for run in job.runs.open() if control.cancel(run, by=person(request))]
        if not ended:
            return Reply("It had ended already; nothing was stopped.", "info")
        # Of a part, or a trial, "Run now" would be another thing.
        is_whole = any(run.mode == RunMode.NORMAL and not run.is_dry_run for run in ended)
        again = org_reverse(request.org, "ingestion:job_run", job_id=job.pk) if is_whole else ""
        return Reply("Cancelled. What was read until then is kept.", "success", again)

    return answer(request, cancel)


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def job_schedule(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show how often a job runs by itself, or change it."""
    job = _job(request, job_id)
    if request.method != "POST":
        form = ScheduleForm.of(job)
        return ask(request, "schedule", _schedule(job, form, preview_of(job.cadence, job)))
    form = ScheduleForm(request.POST, job=job)
    if not form.is_valid():
        return ask(request, "schedule", _schedule(job, form, Preview()))
    cadence = form.cadence

    def edit() -> Reply:
        control.edit_schedule(job, cadence, by=person(request))
        return Reply(f"{job_name(job)}: {preview_of(cadence, job).sentence}")

    return answer(request, edit)


@requires(Permission.CONTROL_SYNC)
@require_safe
def job_schedule_preview(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Say in plain words what the schedule that is being written would mean."""
    job = _job(request, job_id)
    form = ScheduleForm(request.GET, job=job)
    preview = preview_of(form.cadence, job) if form.is_valid() else Preview(errors=form.sentences)
    context = {"job": job, "preview": preview}
    return render(request, "ingestion/pipelines/schedule.html#preview", context)


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def stage_run(request: OrgRequest, stage: str, which: str) -> HttpResponse:
    """Run a stage over what is missing, what failed, or, when that was confirmed, all again."""
    if stage not in Stage.values or which not in Which.values:
        raise Http404
    chosen, units = Stage(stage), Which(which)
    if request.method != "POST":
        context = {"stage": chosen, "which": units, "count": count_units(chosen, units)}
        return ask(request, "stage", context | {"unit": stage_unit(chosen)})

    def run() -> Reply:
        queued = control.run_stage(request.org, chosen, units, by=person(request))
        return say_queued(queued, queued.run.job)

    return answer(request, run)


def _job(request: OrgRequest, job_id: uuid.UUID) -> Job:
    job: Job = get_object_or_404(request.org.jobs.select_related("connection"), pk=job_id)
    return job


def _schedule(job: Job, form: ScheduleForm, preview: Preview) -> dict[str, Any]:
    return {"job": job, "name": job_name(job), "form": form, "preview": preview}


def say_queued(queued: control.Queued, job: Job) -> Reply:
    """Return what to say of a run that somebody asked for."""
    run, name = queued.run, job_name(job)
    if queued.is_new:
        count = queued.item_count
        over = f" over {count:,} item{'' if count == 1 else 's'}" if count else ""
        return Reply(f"{name}: in line{over}, and begins shortly.")
    if run.state == RunState.RUNNING:
        return Reply(f"{name}: already at work.", "info")
    if queued.is_sooner:
        return Reply(f"{name}: waits no longer, and begins shortly.")
    return Reply(f"{name}: already queued at {run.created_at:%H:%M} UTC.", "info")
