"""Jobs and runs that people control, in tests."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from connectors.models import Connection
from ingestion.models import Job, RunEvent, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Organization

HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def make_connection(org: Organization, **fields: Any) -> Connection:
    return Connection.objects.create(org=org, source="pinterest", name="Pinterest", **fields)


def standing_job(org: Organization, *, kind: str = JobKind.RENDITION, **fields: Any) -> Job:
    """Return a job that runs every hour."""
    return Job.objects.create(
        org=org,
        kind=kind,
        **{"is_one_off": False, "interval_s": 3600, "next_due_at": timezone.now() + HOUR} | fields,
    )


def events_of(run: SyncRun, name: str) -> list[dict[str, Any]]:
    """Return what the lines called ``name`` of the run's timeline tell, in order."""
    lines = RunEvent.objects.filter(run=run, name=name).order_by("at", "pk")
    return list(lines.values_list("detail", flat=True))


def let_wait(run: SyncRun, **fields: Any) -> None:
    """Let ``run`` wait for an hour."""
    changes = {"state": "retry_wait", "run_after": timezone.now() + HOUR} | fields
    SyncRun.objects.filter(pk=run.pk).update(**changes)


def run_ids(job: Job) -> list[uuid.UUID]:
    return list(SyncRun.objects.filter(job=job).values_list("pk", flat=True))
