"""What the ends of runs mean for their job: failures in a row, its schedule, and its pause.

A job that keeps failing for long is paused, by two thresholds at once: so many failures in a row,
and so long without a success. One that runs every five minutes is not paused after an hour's
trouble at its source, nor one that runs once a month after two bad months.
"""

import datetime as dt
import logging
from typing import Final

from ingestion.control.pausing import has_stopped, pause_locked
from ingestion.control.timeline import note
from ingestion.engine.kinds import kinds
from ingestion.freshness.services import warn
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.schedule.due import plan_next

logger = logging.getLogger(__name__)

WARN_FAILURES: Final = 10
WARN_AFTER: Final = dt.timedelta(days=3)
PAUSE_FAILURES: Final = 20
PAUSE_AFTER: Final = dt.timedelta(days=7)


def count_success(run: SyncRun, *, now: dt.datetime) -> None:
    """Begin the job's row of failures anew, and its schedule where that had stopped."""
    if run.is_dry_run:
        return
    job = Job.objects.select_for_update(no_key=True).get(pk=run.job_id)
    job.consecutive_failures, job.last_success_at, job.warned_at = 0, now, None
    if has_stopped(job):
        plan_next(job)
    job.save(update_fields=["consecutive_failures", "last_success_at", "warned_at", "next_due_at"])


def count_failure(run: SyncRun, *, now: dt.datetime) -> None:
    """Add to the job's row of failures; warn of one that is long, and pause after a longer one.

    Where only a person can mend it the schedule stops: until a run succeeds, or somebody resumes
    the job or edits its schedule.
    """
    if run.is_dry_run:
        return
    job = Job.objects.select_for_update(no_key=True).get(pk=run.job_id)
    job.consecutive_failures += 1
    if run.state == RunState.ACTION_REQUIRED:
        job.next_due_at = None
    if job.warned_at is None and _is_past(job, WARN_FAILURES, WARN_AFTER, now):
        job.warned_at = now
        note(run, "keeps_failing", None, failures=job.consecutive_failures, since=_since(job))
        warn(job, run, now=now)
    job.save(update_fields=["consecutive_failures", "next_due_at", "warned_at"])
    if _pauses_itself(job) and _is_past(job, PAUSE_FAILURES, PAUSE_AFTER, now):
        logger.warning("Job %s pauses itself: %d failures.", job.pk, job.consecutive_failures)
        pause_locked(job, None, _reason(job, now))


def _pauses_itself(job: Job) -> bool:
    is_standing = not job.is_one_off and job.state == JobState.ACTIVE
    return is_standing and any(each.pauses_itself for each in kinds() if each.name == job.kind)


def _is_past(job: Job, failures: int, span: dt.timedelta, now: dt.datetime) -> bool:
    return job.consecutive_failures >= failures and now - _started_failing(job) >= span


def _started_failing(job: Job) -> dt.datetime:
    """Return the last success; of a job that never had one, its beginning."""
    return job.last_success_at or job.created_at


def _since(job: Job) -> str:
    return _started_failing(job).isoformat()


def _reason(job: Job, now: dt.datetime) -> str:
    days = (now - _started_failing(job)).days
    count = job.consecutive_failures
    return f"it failed {count} times in a row, and has not succeeded for {days} days"
