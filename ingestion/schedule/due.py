"""Queues the runs of jobs that have come due; called by the tick."""

import datetime as dt
import logging
import uuid

from django.db import DatabaseError, connection
from django.utils import timezone

from ingestion.engine.kinds import kind_of
from ingestion.engine.runs import start_run
from ingestion.models import Job
from ingestion.models.job import JobState
from ingestion.models.run import WHOLE_MODES, Trigger
from media.models.stage import Stage
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Of a tick, which has a minute; what is left is due at the next.
MAX_PER_TICK = 2_000
PUT_OFF = dt.timedelta(hours=1)


def queue_due_jobs() -> int:
    """Queue a run of each job that is due, and say when it is due next; return how many.

    A job whose last run is still at work or in line gets no second one, unless that leaves out
    what a regular one goes over. Ticks that come here
    at the same time queue each once.
    """
    return sum(_queue(job_id, org_id) for job_id, org_id in _due_jobs())


def plan_next(job: Job) -> None:
    """Set when ``job`` comes due next, from now on."""
    job.next_due_at = job.cadence.next_after(timezone.now(), since=job.created_at, job_id=job.pk)


def _due_jobs() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job_id, org_id FROM engine_due_jobs(%s, %s)", [timezone.now(), MAX_PER_TICK]
        )
        return list(cursor.fetchall())


def _queue(job_id: uuid.UUID, org_id: uuid.UUID) -> bool:
    try:
        with org_scope(org_id):
            job = (
                Job.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(pk=job_id, state=JobState.ACTIVE, next_due_at__lte=timezone.now())
                .first()
            )
            if job is None:
                return False
            plan_next(job)
            job.save(update_fields=["next_due_at"])
            if not _is_at_it(job) and not kind_of(job.kind).is_idle(job):
                start_run(job, trigger=Trigger.SCHEDULE)
    except Exception:
        # One organization's trouble must not keep the others from their turn.
        logger.exception("Job %s could not be queued; it is put off.", job_id)
        _put_off(job_id, org_id)
        return False
    return True


def _is_at_it(job: Job) -> bool:
    """Return whether a run that leaves nothing out is at work or in line; of a stage any does."""
    found = job.runs.open().filter(is_dry_run=False)
    if job.kind not in Stage.values:
        found = found.filter(mode__in=WHOLE_MODES)
    return found.exists()


def _put_off(job_id: uuid.UUID, org_id: uuid.UUID) -> None:
    """Let a job that cannot be queued be due later, lest it takes a place of every tick."""
    try:
        with org_scope(org_id):
            due = Job.objects.filter(pk=job_id, next_due_at__lte=timezone.now())
            due.update(next_due_at=timezone.now() + PUT_OFF)
    except DatabaseError:
        logger.exception("Job %s could not be put off.", job_id)
