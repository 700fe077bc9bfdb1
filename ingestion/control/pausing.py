"""Jobs that make no runs for a while."""

from django.db import transaction
from django.utils import timezone

from ingestion.control.errors import JobArchivedError
from ingestion.control.locks import check_steered, locked, name_of
from ingestion.control.timeline import note_of_job
from ingestion.engine.kinds import cluster_of
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import WAITING_STATES
from ingestion.schedule.due import plan_next
from ingestion.signals import job_paused, job_resumed
from tenants.models import User
from tenants.queue import poke

REASON_LENGTH = 200


@transaction.atomic
def pause(job: Job, by: User | None, reason: str = "") -> bool:
    """Let ``job`` make and begin no runs until it is resumed; return whether it was not paused.

    A run at work goes on to the end of its slice, a minute at the most, and then waits as well.

    Raises:
        JobArchivedError: it has done what it was for.
        NotSteeredError: what it does is asked for elsewhere.
    """
    check_steered(job)
    job = locked(job)
    if job.state == JobState.ARCHIVED:
        raise JobArchivedError(f"“{name_of(job)}” is done and put away; there is nothing to pause.")
    if job.state == JobState.PAUSED:
        return False
    pause_locked(job, by, reason)
    return True


def pause_locked(job: Job, by: User | None, reason: str) -> None:
    """Pause a job that is active, and that the caller has locked; nobody: it pauses itself."""
    job.state, job.paused_at, job.paused_by = JobState.PAUSED, timezone.now(), by
    job.pause_reason = reason.strip()[:REASON_LENGTH]
    job.save(update_fields=["state", "paused_at", "paused_by", "pause_reason"])
    note_of_job(job, "paused", by, reason=job.pause_reason)
    job_paused.send(sender=Job, job=job)


@transaction.atomic
def resume(job: Job, by: User | None) -> bool:
    """Let ``job`` run again, and plan its next run; return whether it had stopped.

    It may be paused, or its schedule may have stopped for somebody to act first. What failed
    before counts no more against it. A run that waited goes on where it stopped; its deadline
    begins anew, as the pause was none of its doing.
    """
    job = locked(job)
    was_paused = job.state == JobState.PAUSED
    if not was_paused and not has_stopped(job):
        return False
    job.state, job.paused_at, job.paused_by, job.pause_reason = JobState.ACTIVE, None, None, ""
    job.consecutive_failures, job.warned_at = 0, None
    plan_next(job)
    job.save(
        update_fields=[
            "state",
            "paused_at",
            "paused_by",
            "pause_reason",
            "consecutive_failures",
            "warned_at",
            "next_due_at",
        ]
    )
    SyncRun.objects.filter(job=job, state__in=WAITING_STATES).update(deadline_at=None)
    note_of_job(job, "resumed", by)
    if was_paused:
        job_resumed.send(sender=Job, job=job)
    poke(cluster_of(job.kind))
    return True


def has_stopped(job: Job) -> bool:
    """Return whether the job's schedule waits for somebody to mend what only people can."""
    is_planned = job.next_due_at is not None or job.cadence.is_manual
    return job.state == JobState.ACTIVE and not is_planned
