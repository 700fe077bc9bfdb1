"""How long is kept what tells of runs, in the organization in scope.

Of the last runs of each job everything is kept; of others the tries, the timeline and what became
of single records for a month, and the row for a bit more than a year. Imports are the report of
what came: they stay, with their records. And so does what failed in the last run of a job that told
of all: a look through a drop folder repeats what earlier ones said of files it still refuses.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from ingestion.models import Job, RunAttempt, RunEvent, RunItem, SyncRun
from ingestion.models.job import JobKind, JobState
from media.sql import fetch_rows
from tenants.scope import current_org_id

LAST_RUNS_KEPT: Final = 10
RUNS_KEPT: Final = timedelta(days=400)
DETAIL_KEPT: Final = timedelta(days=30)
# Of one transaction.
MOST_RUNS: Final = 200
MOST_DETAILS: Final = 5_000

# Runs behind the last ones of their job that ended before a moment.
_OLD_RUNS = """
SELECT id FROM (
  SELECT id, kind, finished_at,
         row_number() OVER (PARTITION BY job_id ORDER BY created_at DESC, id DESC) AS place
    FROM ingestion_syncrun WHERE org_id = %(org)s) ranked
 WHERE place > %(kept)s AND finished_at < %(before)s
"""
_OLD_RUNS_BUT_IMPORTS = f"{_OLD_RUNS} AND kind <> 'import' ORDER BY finished_at LIMIT %(most)s"
_OLD_DETAILS = """
SELECT d.id FROM {table} d JOIN ({runs}) old ON old.id = d.run_id
 WHERE d.org_id = %(org)s LIMIT %(most)s
"""
# Their records, by the index that begins with the run: most of that table belongs to imports. Those
# that a waiting run is to read once more have to be there when it begins. ``later_tellings`` counts
# the newer runs of the job that ended well, left nothing out, and told of all that failed.
_OLD_ITEMS = """
SELECT item.id FROM (
  SELECT id, kind, finished_at, raw_count,
         row_number() OVER newest_first AS place,
         count(*) FILTER (
           WHERE failed_count > 0 AND NOT is_dry_run AND mode IN ('normal', 'rewind', 'all')
             AND state IN ('succeeded', 'succeeded_with_warnings')
         ) OVER (newest_first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_tellings
    FROM ingestion_syncrun WHERE org_id = %(org)s
  WINDOW newest_first AS (PARTITION BY job_id ORDER BY created_at DESC, id DESC)) old
 CROSS JOIN LATERAL (
  SELECT i.id FROM ingestion_runitem i
   WHERE i.org_id = %(org)s AND i.run_id = old.id
     AND (i.outcome <> 'failed' OR old.later_tellings > 0)
   LIMIT %(most)s) item
 WHERE old.place > %(kept)s AND old.finished_at < %(before)s AND old.kind <> 'import'
   AND old.raw_count > 0
   AND NOT EXISTS (
     SELECT FROM ingestion_syncrun again
      WHERE again.org_id = %(org)s AND again.of_run_id = old.id
        AND again.state IN ('queued', 'retry_wait', 'running'))
 LIMIT %(most)s
"""


def prune_runs(now: datetime | None = None) -> int:
    """Delete some of what is older than it is kept; return how many rows."""
    now = now or timezone.now()
    return _prune_details(now - DETAIL_KEPT) + _prune_rows(now - RUNS_KEPT)


def _prune_details(before: datetime) -> int:
    deleted = 0
    for model in (RunAttempt, RunEvent):
        statement = _OLD_DETAILS.format(table=model._meta.db_table, runs=_OLD_RUNS)
        ids = _ids(statement, before, most=MOST_DETAILS)
        count, _ = model.objects.filter(pk__in=ids).delete()
        deleted += count
    return deleted + _prune_items(before)


def _prune_items(before: datetime) -> int:
    ids = _ids(_OLD_ITEMS, before, most=MOST_DETAILS)
    count, _ = RunItem.objects.filter(pk__in=ids).delete()
    return count


def _prune_rows(before: datetime) -> int:
    ids = _ids(_OLD_RUNS_BUT_IMPORTS, before, most=MOST_RUNS)
    SyncRun.objects.filter(pk__in=ids).delete()
    done = Job.objects.filter(is_one_off=True, state=JobState.ARCHIVED, archived_at__lt=before)
    done = done.exclude(kind=JobKind.IMPORT)
    young = SyncRun.objects.filter(job__in=done).exclude(finished_at__lt=before)
    chosen = list(done.exclude(pk__in=young.values("job")).values_list("pk", flat=True)[:MOST_RUNS])
    of_jobs = SyncRun.objects.filter(job__in=chosen).count()
    Job.objects.filter(pk__in=chosen).delete()
    return len(ids) + of_jobs


def _ids(statement: str, before: datetime, *, most: int) -> list[uuid.UUID]:
    values = {"org": current_org_id(), "before": before, "kept": LAST_RUNS_KEPT, "most": most}
    return [key for (key,) in fetch_rows(statement, values)]
