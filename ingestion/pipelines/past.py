"""One-off jobs that are done: what people asked for once, and how it ended."""

import dataclasses
import uuid
from typing import Final

from django.db.models import OuterRef, Subquery

from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.pipelines.looks import OUTCOME, Look
from ingestion.pipelines.names import job_name
from tenants.models import Organization

PAGE_SIZE: Final = 50


@dataclasses.dataclass(frozen=True, slots=True)
class PastJob:
    """A one-off job with its last run; None where that is no longer kept."""

    job: Job
    run: SyncRun | None

    @property
    def name(self) -> str:
        """Return what it is called."""
        return job_name(self.job)

    @property
    def look(self) -> Look | None:
        """Return how it ended."""
        return OUTCOME[self.run.state] if self.run else None


def past_page(
    org: Organization, *, before: uuid.UUID | None = None
) -> tuple[list[PastJob], uuid.UUID | None]:
    """Return a page of archived one-off jobs made before ``before``, and where the next starts."""
    last_run = SyncRun.objects.filter(job=OuterRef("pk")).newest_first().values("pk")[:1]
    jobs = (
        org.jobs.filter(is_one_off=True, state=JobState.ARCHIVED)
        .select_related("connection", "created_by")
        .annotate(last_run=Subquery(last_run))
        .order_by("-pk")
    )
    if before is not None:
        jobs = jobs.filter(pk__lt=before)
    found = list(jobs[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    runs = SyncRun.objects.in_bulk([job.last_run for job in shown if job.last_run])
    following = shown[-1].pk if len(found) > PAGE_SIZE else None
    return [PastJob(job, runs.get(job.last_run)) for job in shown], following
