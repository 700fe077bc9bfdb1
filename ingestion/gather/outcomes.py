"""What became of each picture of a job, over its runs: the last counts.

A run that went over the page anew replaces all before it, as the page may have changed; one over
what failed replaces only that. Rehearsals count for nothing.
"""

import uuid
from typing import Final

from django.db.models import QuerySet

from ingestion.gather.wanted import Wanted
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from media.sql import fetch_rows
from tenants.scope import current_org_id

# The records of jobs that count, as ``last``; begins a statement.
LAST: Final = """
WITH runs AS (
  SELECT r.job_id, r.id, r.of_run_id, r.created_at
    FROM ingestion_syncrun r
   WHERE r.org_id = %(org)s AND r.job_id = ANY(%(jobs)s) AND NOT r.is_dry_run
), whole AS (
  SELECT DISTINCT ON (r.job_id) r.job_id, r.id, r.created_at
    FROM runs r
   WHERE r.of_run_id IS NULL
     AND EXISTS (SELECT FROM ingestion_runitem i WHERE i.org_id = %(org)s AND i.run_id = r.id)
   ORDER BY r.job_id, r.created_at DESC, r.id DESC
), last AS (
  SELECT DISTINCT ON (r.job_id, i.ordinal, i.source_ref)
         r.job_id, i.ordinal, i.id, i.outcome, i.asset_id
    FROM runs r
    LEFT JOIN whole w ON w.job_id = r.job_id
    JOIN ingestion_runitem i ON i.org_id = %(org)s AND i.run_id = r.id
   WHERE w.id IS NULL OR (r.created_at, r.id) >= (w.created_at, w.id)
   ORDER BY r.job_id, i.ordinal, i.source_ref, r.created_at DESC, r.id DESC)
"""
_IDS: Final = f"{LAST} SELECT id FROM last"
_GOOD: Final = (ItemOutcome.NEW, ItemOutcome.SKIPPED)


def last_ids(job_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the records of a job that count."""
    params = {"org": current_org_id(), "jobs": [job_id]}
    return [row[0] for row in fetch_rows(_IDS, params)]


def wanted_again(job_id: uuid.UUID, *, failed_only: bool) -> list[tuple[int, Wanted]]:
    """Return the pictures of a job, or those that failed, with their places, as if untried."""
    items = RunItem.objects.filter(pk__in=last_ids(job_id))
    return _afresh(items.filter(outcome=ItemOutcome.FAILED) if failed_only else items)


def failed_still(run_id: uuid.UUID) -> list[tuple[int, Wanted]]:
    """Return what failed in one run, and was brought by no run of its job since."""
    run = SyncRun.objects.get(pk=run_id)
    since = SyncRun.objects.filter(
        job_id=run.job_id, is_dry_run=False, created_at__gte=run.created_at
    ).exclude(pk=run.pk)
    brought = RunItem.objects.filter(run__in=since, outcome__in=_GOOD).values("source_ref")
    failed = RunItem.objects.filter(run_id=run_id, outcome=ItemOutcome.FAILED)
    return _afresh(failed.exclude(source_ref__in=brought))


def _afresh(items: QuerySet[RunItem]) -> list[tuple[int, Wanted]]:
    rows = items.exclude(payload=None).order_by("ordinal").values_list("ordinal", "payload")
    return [(ordinal, Wanted.afresh(payload or {})) for ordinal, payload in rows]
