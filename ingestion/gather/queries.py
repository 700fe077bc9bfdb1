"""Reads of jobs over single pictures: a few queries, whatever their number."""

import dataclasses
import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from django.db.models import QuerySet

from ingestion.gather.outcomes import LAST, last_ids
from ingestion.gather.status import (
    TERMINAL,
    Counts,
    ItemStatus,
    JobStatus,
    item_status,
    job_error,
    job_status,
)
from ingestion.gather.wanted import Wanted
from ingestion.imports.report import REASONS
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from media.sql import fetch_rows
from tenants.scope import current_org_id

# What a run has counted once it has ended.
COUNTED: Final = (
    ItemOutcome.NEW,
    ItemOutcome.UPDATED,
    ItemOutcome.UNCHANGED,
    ItemOutcome.SKIPPED,
    ItemOutcome.FAILED,
)
LISTED: Final = (JobKind.SCRAPE, JobKind.UPLOAD)
_COUNTS: Final = f"{LAST} SELECT job_id, outcome, count(*) FROM last GROUP BY job_id, outcome"
# The first of each run, by the index of its records: all of them are too many to be read.
_FIRST_ASSETS: Final = """
SELECT DISTINCT ON (r.job_id) r.job_id, first.asset_id
  FROM ingestion_syncrun r
 CROSS JOIN LATERAL (
   SELECT i.ordinal, i.asset_id FROM ingestion_runitem i
    WHERE i.org_id = r.org_id AND i.run_id = r.id AND i.asset_id IS NOT NULL
    ORDER BY i.ordinal LIMIT 1) first
 WHERE r.org_id = %(org)s AND r.job_id = ANY(%(jobs)s) AND NOT r.is_dry_run
 ORDER BY r.job_id, first.ordinal, r.created_at DESC
"""


@dataclasses.dataclass(frozen=True)
class Gathering:
    """A job over single pictures, as lists and the API show it.

    Attributes:
        run: the last one that counts: the one that writes, else the look at the page.
        look: the rehearsal of a page whose pictures are to be chosen; None for no such.
        asset_id: of the first picture that is here; None while there is none.
    """

    job: Job
    run: SyncRun | None
    look: SyncRun | None
    counts: Counts
    asset_id: uuid.UUID | None = None

    @property
    def url(self) -> str:
        """Return the page as it was submitted; empty of what has none."""
        return str(self.job.params.get("url", ""))

    @cached_property
    def status(self) -> JobStatus:
        """Return how it stands."""
        return job_status(self.job, self.run, self.counts)

    @property
    def awaits_choice(self) -> bool:
        """Return whether somebody is to say what is to be taken of the page."""
        run = self.run
        return run is not None and run.is_dry_run and run.state == RunState.SUCCEEDED

    @property
    def is_over(self) -> bool:
        """Return whether it goes no further by itself."""
        return self.status in TERMINAL or self.awaits_choice

    @property
    def is_ending(self) -> bool:
        """Return whether it was cancelled, and its last batch is not over yet."""
        run = self.run
        return run is not None and run.is_open and run.cancel_requested_at is not None

    @property
    def error(self) -> str:
        """Return why it failed, as a code; empty where it did not."""
        return job_error(self.run, self.status)

    @property
    def sentence(self) -> str:
        """Return the same for people."""
        return self.run.user_message if self.run is not None and self.error else ""

    @property
    def total_images(self) -> int | None:
        """Return how many pictures the page has; None before that is known."""
        return self.counts.total or None

    @property
    def updated_at(self) -> dt.datetime:
        """Return when something last happened to it."""
        moments = (self.job.created_at, *(self._moments()))
        return max(moment for moment in moments if moment is not None)

    def _moments(self) -> tuple[dt.datetime | None, ...]:
        run = self.run
        return () if run is None else (run.created_at, run.progress_at, run.finished_at)


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a job.

    Attributes:
        position: its place on the page, from 0.
        asset_id: what it became, once it is done; None of what failed.
        stored_id: the same as soon as it can be seen, be it not analysed yet.
        error: why it failed or was skipped, as a code; empty where it came.
        explanation: the same for people.
    """

    id: uuid.UUID
    position: int
    wanted: Wanted
    status: ItemStatus
    asset_id: uuid.UUID | None
    stored_id: uuid.UUID | None
    error: str
    explanation: str


def of_kinds(kinds: Sequence[JobKind] = LISTED) -> QuerySet[Job]:
    """Return the jobs that can be opened: also those that left the list by their age."""
    return Job.objects.filter(kind__in=kinds, hidden_at=None).select_related("created_by")


def as_gatherings(jobs: Sequence[Job]) -> list[Gathering]:
    """Return ``jobs`` with their runs and counts; three queries."""
    if not jobs:
        return []
    runs: dict[uuid.UUID, dict[bool, SyncRun]] = defaultdict(dict)
    writing: Counter[uuid.UUID] = Counter()
    for run in SyncRun.objects.filter(job__in=jobs).order_by("created_at", "pk"):
        runs[run.job_id][run.is_dry_run] = run
        writing[run.job_id] += not run.is_dry_run
    params = {"org": current_org_id(), "jobs": [job.pk for job in jobs]}
    # What was brought in one run, which has ended, that run has counted.
    counts = {
        job_id: {
            outcome.value: getattr(of_job[False], f"{outcome.value}_count") for outcome in COUNTED
        }
        for job_id, of_job in runs.items()
        if writing[job_id] == 1 and not of_job[False].is_open
    }
    counts |= outcomes_of([job.pk for job in jobs if writing[job.pk] and job.pk not in counts])
    assets: dict[uuid.UUID, uuid.UUID] = dict(fetch_rows(_FIRST_ASSETS, params))
    return [
        Gathering(
            job,
            runs[job.pk].get(False) or runs[job.pk].get(True),
            runs[job.pk].get(True),
            Counts.of(counts.get(job.pk, {})),
            assets.get(job.pk),
        )
        for job in jobs
    ]


def outcomes_of(jobs: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Return how many pictures of each job came out how, each by its last run."""
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    if jobs:
        params = {"org": current_org_id(), "jobs": list(jobs)}
        for job_id, outcome, count in fetch_rows(_COUNTS, params):
            counts[job_id][outcome] = count
    return counts


def pictures_of(gathering: Gathering) -> list[Picture]:
    """Return the pictures of a job, by their place; before a choice those that were found."""
    if gathering.awaits_choice:
        items = RunItem.objects.filter(run=gathering.look)
    else:
        items = RunItem.objects.filter(pk__in=last_ids(gathering.job.pk))
    return [_picture(item) for item in items.order_by("ordinal")]


def _picture(item: RunItem) -> Picture:
    status = item_status(item.outcome)
    is_here = status in (ItemStatus.COMPLETED, ItemStatus.SKIPPED)
    has_error = status in (ItemStatus.FAILED, ItemStatus.SKIPPED)
    return Picture(
        id=item.pk,
        position=item.ordinal,
        wanted=Wanted.of_payload(item.payload or {"key": item.source_ref}),
        status=status,
        asset_id=item.asset_id if is_here else None,
        stored_id=item.asset_id if status != ItemStatus.FAILED else None,
        error=item.reason if has_error else "",
        explanation=(item.detail or REASONS.get(item.reason, "")) if has_error else "",
    )
