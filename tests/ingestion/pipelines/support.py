"""Rows that the Pipeline Manager shows, made without running anything."""

import datetime as dt
from typing import Any

from django.utils import timezone

from connectors.models import Connection
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope

HOUR_S = 3600


def ago(**parts: float) -> dt.datetime:
    """Return the moment that was so long ago."""
    return timezone.now() - dt.timedelta(**parts)


def make_source(
    org: Organization,
    name: str = "Pinterest exports",
    *,
    state: str = "fresh",
    job: dict[str, Any] | None = None,
    **status: Any,
) -> tuple[Connection, Job, DatasetStatus]:
    """Return a connection with a drop folder that is read every hour, and its dataset."""
    with org_scope(org.pk):
        connection = Connection.objects.create(org=org, source="pinterest", name=name)
        made = Job.objects.create(
            org=org,
            connection=connection,
            kind=JobKind.DROP,
            is_one_off=False,
            **({"interval_s": HOUR_S, "next_due_at": ago(hours=-1)} | (job or {})),
        )
        values = {"as_of": ago(minutes=30), "last_success_at": ago(minutes=29)}
        dataset = DatasetStatus.objects.create(
            org=org,
            connection=connection,
            job=made,
            name="drop_folder",
            state=state,
            **(values | status),
        )
    return connection, made, dataset


def make_run(job: Job, state: str = RunState.SUCCEEDED, **values: Any) -> SyncRun:
    """Return a run of ``job`` that took a minute, an hour ago where nothing else is said."""
    begun = values.pop("started_at", ago(hours=1))
    ended = (
        None if state in ("queued", "running", "retry_wait") else begun + dt.timedelta(minutes=1)
    )
    if state == RunState.RUNNING:
        values = {"lease_token": 1, "lease_expires_at": ago(hours=-1)} | values
    fields: dict[str, Any] = {
        "created_at": begun,
        "started_at": None if state == RunState.QUEUED else begun,
        "finished_at": ended,
        "run_after": begun,
    }
    with org_scope(job.org_id):
        return SyncRun.objects.create(
            org_id=job.org_id,
            job=job,
            kind=job.kind,
            connection_id=job.connection_id,
            state=state,
            **(fields | values),
        )
