"""Runs over the pins in tests: queued and worked at once."""

from typing import Any

from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import queue_run


def queue_pins(org: Organization, *steps: str, **told: Any) -> SyncRun:
    """Queue a run over the pins of ``org``, of the steps that are named or all."""
    params = {"steps": list(steps), **told}
    with org_scope(org.pk):
        job = Job.objects.create(org=org, kind=JobKind.PINS, params=params)
    return queue_run(job)
