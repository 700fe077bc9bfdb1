"""Runs over the pins in tests: queued and worked at once."""

from typing import Any

from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import queue_run, work


def queue_pins(org: Organization, *steps: str, **told: Any) -> SyncRun:
    """Queue a run over the pins of ``org``, of the steps that are named or all."""
    params = {"steps": list(steps), **told}
    with org_scope(org.pk):
        job = Job.objects.create(org=org, kind=JobKind.PINS, params=params)
    return queue_run(job)


def enhance_pins(org: Organization, **told: Any) -> SyncRun:
    """Work the step that asks for details, and return its run."""
    return work(queue_pins(org, "enhance", **told))


def lines(run: SyncRun) -> dict[str, tuple[str, str]]:
    """Return what became of each record of a run, and why, by reference."""
    with org_scope(run.org_id):
        return {
            item.source_ref: (item.outcome, item.reason) for item in RunItem.objects.filter(run=run)
        }
