"""Reads of imports for pages and API: each a fixed number of queries."""

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Min, Prefetch, QuerySet, Sum
from django.utils import timezone

from ingestion.imports.status import Import
from ingestion.models import ImportFile, Job, RunItem, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import ItemOutcome
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization

PAGE_SIZE = 20
# What became no asset of its own.
REJECTED = (ItemOutcome.SKIPPED, ItemOutcome.FAILED)
# Counting stops here, so that a page costs the same however much is to be done.
MOST_COUNTED = 100_000
# A remaining time is told once it is likely to hold.
STEADY_AFTER = timedelta(seconds=10)
STEADY_SHARE = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage of the organization's pictures is.

    Attributes:
        stored: units done since a moment.
        pending: still to do, counted up to ``MOST_COUNTED``.
        failed: for good, counted likewise.
        next_at: when the next of those that wait is due.
    """

    stored: int
    pending: int
    failed: int
    next_at: datetime | None

    @property
    def total(self) -> int:
        """Return all that is or was to do since then."""
        return self.stored + self.pending

    @property
    def is_waiting(self) -> bool:
        """Return whether all that is pending waits for a later try."""
        return self.next_at is not None and self.next_at > timezone.now()

    @property
    def is_capped(self) -> bool:
        """Return whether there is more to do than was counted."""
        return self.pending >= MOST_COUNTED


def imports_of(org: Organization) -> QuerySet[Job]:
    """Return the imports of ``org``, newest first, with all that ``Import`` needs."""
    runs = SyncRun.objects.select_related("cancel_requested_by").order_by("created_at", "pk")
    files = ImportFile.objects.order_by("position")
    return (
        org.jobs.filter(kind=JobKind.IMPORT)
        .select_related("created_by", "connection")
        .prefetch_related(Prefetch("files", files), Prefetch("runs", runs))
        .order_by("-pk")
    )


def as_import(job: Job) -> Import:
    """Return the import that ``job`` is, from what ``imports_of`` has fetched."""
    runs: Sequence[SyncRun] = list(job.runs.all())
    dry = [run for run in runs if run.is_dry_run]
    real = [run for run in runs if not run.is_dry_run]
    return Import(
        job=job,
        files=list(job.files.all()),
        preflight=dry[-1] if dry else None,
        run=real[-1] if real else None,
    )


def import_page(
    org: Organization, *, before: uuid.UUID | None = None
) -> tuple[list[Import], uuid.UUID | None]:
    """Return a page of imports older than ``before``, and where the next page starts."""
    jobs = imports_of(org)
    if before is not None:
        jobs = jobs.filter(pk__lt=before)
    found = list(jobs[: PAGE_SIZE + 1])
    following = found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None
    return [as_import(job) for job in found[:PAGE_SIZE]], following


def stage_progress(stage: Stage, *, since: datetime) -> StageProgress:
    """Return how far ``stage`` of the organization in scope is; four bounded queries."""
    done = SyncRun.objects.filter(kind=stage.value, job__kind=stage.value).exclude(
        finished_at__lt=since
    )
    pending = StageState.objects.filter(stage=stage, status=StageStatus.PENDING)
    failed = StageState.objects.filter(stage=stage, status=StageStatus.FAILED)
    return StageProgress(
        stored=done.aggregate(n=Sum("new_count"))["n"] or 0,
        pending=pending.order_by()[:MOST_COUNTED].count(),
        failed=failed.order_by()[:MOST_COUNTED].count(),
        next_at=pending.aggregate(at=Min("due_at"))["at"],
    )


def rejected_rows(run: SyncRun, *, after: int = -1, reason: str = "", limit: int) -> list[RunItem]:
    """Return up to ``limit`` records behind place ``after`` that were not ingested, in order."""
    rows: list[RunItem] = []
    # One read per outcome: each is a range of the index, in order, however long the run.
    for outcome in REJECTED:
        found = RunItem.objects.filter(run=run, outcome=outcome, ordinal__gt=after)
        if reason:
            found = found.filter(reason=reason)
        rows += found.order_by("ordinal")[:limit]
    return sorted(rows, key=lambda row: row.ordinal)[:limit]


def rows_of(run: SyncRun, outcome: ItemOutcome, *, batch: int) -> Iterator[RunItem]:
    """Yield all records of ``run`` with ``outcome`` in order, read ``batch`` at a time."""
    after = -1
    while True:
        rows = list(
            RunItem.objects.filter(run=run, outcome=outcome, ordinal__gt=after).order_by("ordinal")[
                :batch
            ]
        )
        yield from rows
        if len(rows) < batch:
            return
        after = rows[-1].ordinal


def remaining_s(run: SyncRun, *, now: datetime) -> int | None:
    """Return the seconds that ``run`` is likely to need, or None while nobody can tell."""
    if not run.bytes_total or run.started_at is None or run.attempt > 1:
        return None
    elapsed, share = now - run.started_at, run.bytes_read / run.bytes_total
    if elapsed < STEADY_AFTER or not STEADY_SHARE <= share < 1:
        return None
    return round(elapsed.total_seconds() * (1 - share) / share)


def records_per_second(run: SyncRun, *, now: datetime) -> int | None:
    """Return the pace of ``run`` so far, or None while nobody can tell."""
    if run.started_at is None or now - run.started_at < STEADY_AFTER or run.attempt > 1:
        return None
    return round(run.raw_count / (now - run.started_at).total_seconds())
