"""The job over the pins on the command line: queued, worked here, and shown."""

from collections.abc import Mapping
from typing import Any

from ingestion.driver import start_run
from ingestion.engine.kinds import kind_of
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, RunState, Trigger
from ingestion.pins.places import Place, current_place
from tenants.models import Organization
from tenants.scope import org_scope


def prepare(org: Organization, params: Mapping[str, Any]) -> SyncRun:
    """Return a queued run that does what ``params`` say: one that was stopped, or a new one.

    Raises:
        ParamsInvalidError: the job cannot be told so.
    """
    told = kind_of(JobKind.PINS).clean_params(dict(params))
    with org_scope(org.pk):
        open_jobs = Job.objects.filter(
            kind=JobKind.PINS, is_one_off=True, state=JobState.ACTIVE, params=told
        )
        job = open_jobs.order_by("-created_at").first()
        if job is None:
            job = Job.objects.create(org=org, kind=JobKind.PINS, params=told)
        running = SyncRun.objects.filter(job=job, state=RunState.RUNNING).first()
        return running or start_run(job, lane=Lane.INTERACTIVE, trigger=Trigger.PERSON)


def where_is(run: SyncRun) -> tuple[str, Place] | None:
    """Return the step that ``run`` is at, and how far that is; None between two."""
    with org_scope(run.org_id):
        return current_place(run)
