"""Reads what belongs to no organization: clusters, the tick's chores, the database itself."""

import datetime as dt
import functools
from typing import Final

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max

from config.status.facts import ChoreStatus, Database, Queue, Table, Worker
from ingestion.engine.beats import SILENT_AFTER
from ingestion.engine.tick import CHORES
from ingestion.freshness.states import Facts, judge
from ingestion.models import PlatformStatus, WorkerBeat
from ingestion.schedule.cadence import Cadence
from tenants.queue import lines

MAX_TABLES: Final = 8
# A chore that is expected every minute is late after three.
GRACE_S: Final = 120
LARGEST_TABLES = """
  SELECT c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint
    FROM pg_class c
   WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
   ORDER BY 2 DESC, 1 LIMIT %s
"""


def database_now() -> dt.datetime:
    """Return the time by the clock that leases and due times are measured with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def workers(at: dt.datetime) -> list[Worker]:
    """Return the clusters of all hosts that were heard of lately."""
    found = WorkerBeat.objects.order_by("host", "cluster", "pid")
    return [
        Worker(
            row.host,
            row.cluster,
            row.pid,
            row.workers,
            _worker_state(row, at),
            _seconds(at - row.beat_at),
            _seconds(at - row.started_at),
        )
        for row in found
    ]


def queues(at: dt.datetime) -> list[Queue]:
    """Return the line of pokes of each cluster."""
    return [
        Queue(
            line.cluster,
            line.waiting,
            line.taken,
            None if line.oldest_at is None else _seconds(at - line.oldest_at),
        )
        for line in lines()
    ]


def chores(at: dt.datetime) -> list[ChoreStatus]:
    """Return how the chores of the tick go; one may never have run.

    A row of a chore that this code no longer knows says nothing; the tick deletes it.
    """
    rows = {row.name: row for row in PlatformStatus.objects.all()}
    known = [
        rows.get(chore.name)
        or PlatformStatus(name=chore.name, expected_every_s=chore.expected_every_s)
        for chore in CHORES
    ]
    return [_chore(row, at) for row in known]


def tick_age_s(at: dt.datetime) -> float | None:
    """Return how long ago the tick came last; None if it never did."""
    last = PlatformStatus.objects.aggregate(at=Max("last_attempt_at"))["at"]
    return _age_s(at, last)


def database() -> Database:
    """Return the size of the database and its largest tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
        cursor.execute(LARGEST_TABLES, [MAX_TABLES])
        tables = [Table(*row) for row in cursor.fetchall()]
    return Database(size, tables)


def pending_migrations() -> list[str]:
    """Return the migrations of this code that the database lacks."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in _known_migrations() if (app, name) not in applied]


@functools.cache
def _known_migrations() -> tuple[tuple[str, str], ...]:
    """Return what lies on disk; a process keeps the code that it began with."""
    return tuple(sorted(MigrationLoader(None, ignore_no_migrations=True).graph.nodes))


def _chore(row: PlatformStatus, at: dt.datetime) -> ChoreStatus:
    facts = Facts(as_of=row.last_success_at, cadence=Cadence(row.expected_every_s), grace_s=GRACE_S)
    return ChoreStatus(
        name=row.name,
        freshness=judge(facts, at).state.value,
        age_s=_age_s(at, row.last_success_at),
        attempt_age_s=_age_s(at, row.last_attempt_at),
        expected_every_s=row.expected_every_s,
        consecutive_failures=row.consecutive_failures,
        error_code=row.error_code,
        changed=row.changed_count,
        took_ms=row.took_ms,
    )


def _worker_state(row: WorkerBeat, at: dt.datetime) -> str:
    if at - row.beat_at > SILENT_AFTER:
        return "silent"
    return "draining" if row.is_draining else "alive"


def _age_s(at: dt.datetime, since: dt.datetime | None) -> float | None:
    return None if since is None else _seconds(at - since)


def _seconds(span: dt.timedelta) -> float:
    return round(span.total_seconds(), 1)
