"""Imports in tests: brought, worked at once, and looked at."""

import datetime as dt
import io
import math
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from connectors.readers import open_import
from ingestion.engine import claims
from ingestion.engine.claims import Claim
from ingestion.engine.drain import run_slice
from ingestion.engine.runs import start_run
from ingestion.imports.foreground import reload
from ingestion.imports.resume import adopt
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope


def import_bytes(
    org: Organization, content: bytes, *, name: str = "export.zip", is_dry_run: bool = False
) -> SyncRun:
    """Import ``content`` from its first byte to its last, and return the run that did."""
    return work(queue_import(org, content, name=name, is_dry_run=is_dry_run))


def queue_import(
    org: Organization, content: bytes, *, name: str = "export.zip", is_dry_run: bool = False
) -> SyncRun:
    """Store ``content`` as an import and queue its run, due at once."""
    return _queue(org, {name: content}, is_dry_run=is_dry_run)


def import_files(org: Organization, contents: Mapping[str, bytes]) -> SyncRun:
    """Import files that are brought together, and return the run that did."""
    return work(_queue(org, contents, is_dry_run=False))


def _queue(org: Organization, contents: Mapping[str, bytes], *, is_dry_run: bool) -> SyncRun:
    files = []
    for name, content in contents.items():
        file = io.BytesIO(content)
        file.name = name
        files.append((name, file))
    reader = open_import([file for _, file in files])
    run = adopt(org, files, reader, is_dry_run=is_dry_run)
    make_due(run.pk, org)
    return run


def queue_run(job: Job, *, is_dry_run: bool = False) -> SyncRun:
    """Queue a run of ``job`` that is due also for a transaction that began before it."""
    # PostgreSQL's now() is the start of the test's transaction.
    due_at = timezone.now() - dt.timedelta(hours=1)
    with org_scope(job.org_id):
        return start_run(job, lane=Lane.INTERACTIVE, is_dry_run=is_dry_run, run_after=due_at)


def claimed(run: SyncRun) -> Claim:
    """Claim ``run``, which must be due."""
    held = claims.claim(run_id=run.pk)
    assert held is not None
    return held


def work(run: SyncRun, *, stop: Callable[[], bool] = lambda: False) -> SyncRun:
    """Work one slice of ``run`` that ends with the source, or at ``stop``."""
    run_slice(claimed(run), seconds=math.inf, should_stop=stop)
    return reload(run)


def counts(run: SyncRun) -> dict[str, int]:
    """Return what became of the records of ``run``; the five outcomes add up to ``raw``."""
    return {
        "raw": run.raw_count,
        "new": run.new_count,
        "updated": run.updated_count,
        "unchanged": run.unchanged_count,
        "skipped": run.skipped_count,
        "failed": run.failed_count,
    }


def reasons(run: SyncRun) -> dict[str, int]:
    """Return how many records of ``run`` became no asset of their own, by reason."""
    with org_scope(run.org_id):
        found: dict[str, int] = {}
        for reason in run.items.exclude(reason="").values_list("reason", flat=True):
            found[reason] = found.get(reason, 0) + 1
        return found


def make_due(run_id: uuid.UUID, org: Organization) -> None:
    """Let a waiting run's time come."""
    with org_scope(org.pk):
        SyncRun.objects.filter(pk=run_id).update(run_after=timezone.now() - dt.timedelta(hours=1))


def tidy(org: Organization) -> SyncRun:
    """Do the nightly chores of the organization now."""
    with org_scope(org.pk):
        job = Job.objects.get(kind=JobKind.UPKEEP)
    return work(queue_run(job))


@contextmanager
def merging(org: Organization) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Hold what whoever merges into an organization holds until the commit."""
    known = connection.get_connection_params()
    with psycopg.connect(**known, autocommit=True) as session, session.cursor() as cursor:
        key = f"merge:{org.pk}"
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        yield session
