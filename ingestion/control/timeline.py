"""Who asked for what, in the timeline of the runs that it is about."""

import logging
from typing import Any

from ingestion.engine.events import record_event
from ingestion.models import Job, SyncRun
from tenants.models import User

logger = logging.getLogger(__name__)


def note(run: SyncRun, name: str, by: User | None, /, **detail: Any) -> None:
    """Add a line to the run's timeline that names who did it; nobody, where it was no person."""
    record_event(run.org_id, run.pk, name, by=str(by.pk) if by else None, **detail)


def note_of_job(job: Job, name: str, by: User | None, /, **detail: Any) -> None:
    """Note what was done to a job on its open runs; where none is open, on its latest one."""
    runs = list(SyncRun.objects.open().filter(job=job)) or list(
        SyncRun.objects.filter(job=job).newest_first()[:1]
    )
    for run in runs:
        note(run, name, by, **detail)
    logger.info("Job %s: %s by %s.", job.pk, name, by.pk if by else "itself")
