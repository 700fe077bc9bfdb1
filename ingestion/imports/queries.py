"""Reads of imports for pages and API: each a fixed number of queries."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from ingestion.imports.status import Import
from ingestion.models import ImportFile, Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import PARTIAL_MODES
from tenants.models import Organization

PAGE_SIZE = 20
# What became no asset of its own.
REJECTED = (ItemOutcome.SKIPPED, ItemOutcome.FAILED)
# A remaining time is told once it is likely to hold.
STEADY_AFTER = timedelta(seconds=10)
STEADY_SHARE = 0.05


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
    # What was read again of an import says nothing of all its records, once it has ended.
    whole = [run for run in real if run.is_open or run.mode not in PARTIAL_MODES] or real
    return Import(
        job=job,
        files=list(job.files.all()),
        preflight=dry[-1] if dry else None,
        run=whole[-1] if whole else None,
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
