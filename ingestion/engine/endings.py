"""What the end of a run means for its try and its job, and the end of runs that nobody works."""

import uuid
from typing import TYPE_CHECKING

from django.db.models import Case, F, QuerySet, When
from django.utils import timezone

from ingestion.engine.events import record_event
from ingestion.models import Job, RunAttempt, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import WAITING_STATES, RunState
from ingestion.signals import attempt_failed, run_cancelled, run_failed, run_succeeded
from tenants.models import User

if TYPE_CHECKING:
    from ingestion.taxonomy import Failure

CANCELLED_BY_USER = "cancelled_by_user"
CANCELLED_MESSAGE = "Cancelled. What was read is kept."


def close_attempt(run_id: uuid.UUID, outcome: str, failure: "Failure | None" = None) -> None:
    """Write how the run's open try ended, if there is one."""
    RunAttempt.objects.filter(run_id=run_id, finished_at=None).update(
        finished_at=timezone.now(),
        outcome=outcome,
        failure_type=failure.failure_type if failure else "",
        error_code=failure.code if failure else "",
        error_origin=failure.origin if failure else "",
        internal_message=failure.internal_message if failure else "",
    )


def lock_line(run_id: uuid.UUID) -> None:
    """Lock a run that is about to end badly, and what waits behind it, before any dataset.

    The end of another run may bring one of those forward, and tell of the same datasets.
    """
    runs = SyncRun.objects.select_for_update(no_key=True)
    job_id = runs.values_list("job_id", flat=True).get(pk=run_id)
    waiting = runs.filter(job_id=job_id, state__in=WAITING_STATES).exclude(pk=run_id)
    list(waiting.order_by("pk").values_list("pk"))


def streak_after_slice(name: str) -> Case:
    """Return what a count of things in a row is after a slice, as an expression: 0 if it wrote.

    A claim sets both moments to the same; a page that is written moves one of them.
    """
    return Case(When(progress_at=F("claimed_at"), then=F(name)), default=0)


def tell_attempt_failed(run_id: uuid.UUID, failure: "Failure") -> None:
    """Let others know that a try failed, whatever follows."""
    attempt_failed.send(sender=SyncRun, run=_with_job(run_id), failure=failure)


def tell_failed(run_id: uuid.UUID) -> None:
    """Let others settle what a run that ended badly leaves behind."""
    run_failed.send(sender=SyncRun, run=_with_job(run_id))


def tell_cancelled(run_id: uuid.UUID) -> None:
    """Let others settle what a run that was called off leaves behind."""
    run_cancelled.send(sender=SyncRun, run=_with_job(run_id))


def tell_succeeded(run_id: uuid.UUID) -> None:
    """Let others know what a run that ended well made fresh."""
    run_succeeded.send(sender=SyncRun, run=_with_job(run_id))


def archive_job(run_id: uuid.UUID) -> None:
    """Archive the job of a run that ended, if that was its one run: not after a dry run."""
    # Two look-ups by key: as one statement with a join, old statistics made it take seconds.
    finished = SyncRun.objects.filter(pk=run_id, is_dry_run=False)
    job_id = finished.values_list("job_id", flat=True).first()
    if job_id is not None:
        # One that was paused meanwhile has nothing left to wait for.
        unfinished = Job.objects.filter(pk=job_id, is_one_off=True).exclude(state=JobState.ARCHIVED)
        unfinished.update(state=JobState.ARCHIVED, archived_at=timezone.now(), paused_at=None)


def end_if_cancelled(org_id: uuid.UUID, run_id: uuid.UUID) -> bool:
    """End a waiting run that somebody wants cancelled; return whether it was one.

    Called wherever a run goes back in line: else it would wait its turn, a retry's hour even,
    only to be ended by the worker that claims it.
    """
    asked = SyncRun.objects.filter(pk=run_id, cancel_requested_at__isnull=False)
    ended = end_waiting(asked, run_id, code=CANCELLED_BY_USER, message=CANCELLED_MESSAGE)
    if ended:
        record_event(org_id, run_id, "cancelled")
    return ended


def call_off_look(run: SyncRun, *, by: User | None, message: str) -> bool:
    """Cancel a dry run that ended well and whose outcome nobody wants; return whether it did."""
    ended_well = (RunState.SUCCEEDED, RunState.WARNINGS)
    looks = SyncRun.objects.filter(pk=run.pk, is_dry_run=True, state__in=ended_well)
    changed = looks.update(
        state=RunState.CANCELLED,
        cancel_requested_at=timezone.now(),
        cancel_requested_by=by,
        error_code=CANCELLED_BY_USER,
        user_message=message,
    )
    if changed:
        record_event(run.org_id, run.pk, "cancel_requested", by=str(by.pk) if by else None)
        record_event(run.org_id, run.pk, "cancelled")
    return bool(changed)


def end_waiting(runs: QuerySet[SyncRun], run_id: uuid.UUID, *, code: str, message: str) -> bool:
    """Cancel the run if it waits and is among ``runs``; return whether it was."""
    changed = runs.filter(pk=run_id, state__in=WAITING_STATES).update(
        state=RunState.CANCELLED,
        finished_at=timezone.now(),
        failure_type="",
        error_code=code,
        user_message=message,
    )
    if changed:
        close_attempt(run_id, RunState.CANCELLED.value)
        archive_job(run_id)
        tell_cancelled(run_id)
    return bool(changed)


def _with_job(run_id: uuid.UUID) -> SyncRun:
    return SyncRun.objects.select_related("job").get(pk=run_id)
