"""Runs whose clock tests move, and what they leave of the freshness of their data."""

import dataclasses
import datetime as dt

from connectors.models import Connection
from ingestion.engine import runs
from ingestion.engine.claims import Claim
from ingestion.freshness.tick import flip_due
from ingestion.models import DatasetFlip, DatasetStatus, Job, SyncRun
from ingestion.models.run import RunMode
from ingestion.taxonomy import Failure, classify
from tenants.models import Organization
from tests.ingestion.support import claimed, make_due, queue_run

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONDAY = dt.datetime(2026, 5, 4, 6, 0, tzinfo=dt.UTC)


def make_connection(org: Organization, name: str = "Pinterest export") -> Connection:
    """Return a connection that exports are brought for."""
    return Connection.objects.create(org=org, source="pinterest", name=name, is_default=True)


def begin(
    job: Job, at: dt.datetime, *, mode: RunMode = RunMode.NORMAL, is_dry_run: bool = False
) -> Claim:
    """Return the claim on a run of ``job`` that has begun at ``at``, or on the one that goes on."""
    run = queue_run(job, is_dry_run=is_dry_run)
    make_due(run.pk, run.org)
    held = claimed(run)
    if run.started_at is None:
        SyncRun.objects.filter(pk=run.pk).update(started_at=at, mode=mode)
    return held


def count(held: Claim, *, new: int = 0, unchanged: int = 0, failed: int = 0) -> None:
    """Let the run have read so many records."""
    SyncRun.objects.filter(pk=held.run_id).update(
        raw_count=new + unchanged + failed,
        new_count=new,
        unchanged_count=unchanged,
        failed_count=failed,
    )


def succeed(job: Job, at: dt.datetime, *, new: int = 0, unchanged: int = 1) -> SyncRun:
    """Let a run of ``job`` begin at ``at`` and end well."""
    held = begin(job, at)
    count(held, new=new, unchanged=unchanged)
    runs.finish_run(held)
    return SyncRun.objects.get(pk=held.run_id)


def fail(job: Job, at: dt.datetime, error: Exception | Failure) -> SyncRun:
    """Let a try of ``job`` begin at ``at`` and fail with ``error``."""
    held = begin(job, at)
    runs.fail_run(held, error if isinstance(error, Failure) else classify(error))
    return SyncRun.objects.get(pk=held.run_id)


def of(name: str) -> DatasetStatus:
    """Return the one row of a dataset."""
    return DatasetStatus.objects.select_related("connection", "job").get(name=name)


def state(name: str) -> str:
    """Return the stored state of a dataset."""
    return of(name).state


def flips(name: str) -> list[tuple[str, str, str]]:
    """Return every change of a dataset's state with its reason, in order."""
    rows = DatasetFlip.objects.filter(dataset__name=name).order_by("at", "pk")
    return [(row.old_state, row.new_state, row.reason) for row in rows]


@dataclasses.dataclass
class Clock:
    """The moment that a test is at."""

    now: dt.datetime = MONDAY

    def tick_at(self, moment: dt.datetime) -> int:
        """Let time pass until ``moment``, and the tick look."""
        self.now = moment
        return flip_due(moment)
