"""Letting an account go, and what it brought with it where that is wanted."""

import dataclasses
import logging
import uuid

from django.db import transaction
from django.utils import timezone

from connectors.credentials import forget_tokens
from connectors.models import Connection
from ingestion.control.timeline import note_of_job
from ingestion.engine.runs import request_cancel, start_run
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, Trigger
from media.sql import fetch_row
from tenants.models import User

logger = logging.getLogger(__name__)

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
         SELECT FROM ingestion_assetorigin other
          WHERE other.org_id = %(org)s AND other.asset_id = o.asset_id
            AND other.connection_id <> %(connection)s))
  FROM ingestion_assetorigin o
 WHERE o.org_id = %(org)s AND o.connection_id = %(connection)s
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Brought:
    """What a connection brought.

    Attributes:
        count: assets in all.
        only: those that nothing else brought; they go where they are purged.
    """

    count: int
    only: int

    @property
    def shared(self) -> int:
        """Return those that something else brought as well; they stay."""
        return self.count - self.only


def brought_by(connection: Connection) -> Brought:
    """Return what a connection brought; one query."""
    keys = {"org": connection.org_id, "connection": connection.pk}
    count, only = fetch_row(_COUNT, keys)
    return Brought(count, only)


@transaction.atomic
def disconnect(connection: Connection, *, by: User | None) -> bool:
    """Forget the tokens and read the account no more; what was imported stays.

    Returns:
        Whether anything was linked. A second time changes nothing.
    """
    was_linked = forget_tokens(connection)
    jobs = Job.objects.filter(connection=connection, kind=JobKind.SYNC)
    for job in jobs.exclude(state=JobState.ARCHIVED):
        note_of_job(job, "disconnected", by)
        for run in SyncRun.objects.open().filter(job=job).order_by("pk"):
            request_cancel(run, by=by)
    jobs.update(
        state=JobState.ARCHIVED,
        archived_at=timezone.now(),
        next_due_at=None,
        paused_at=None,
        paused_by=None,
        pause_reason="",
    )
    # What nobody refreshes any more has no age.
    DatasetStatus.objects.filter(connection=connection).delete()
    logger.info("Connection %s: disconnected.", connection.pk)
    return was_linked


@transaction.atomic
def purge(connection: Connection, *, by: User | None) -> SyncRun:
    """Disconnect, and queue the run that removes what only this connection brought."""
    disconnect(connection, by=by)
    job = _waiting_purge(connection.pk) or Job.objects.create(
        org_id=connection.org_id, kind=JobKind.PURGE, connection=connection, created_by=by
    )
    logger.info("Connection %s: what it brought is removed.", connection.pk)
    return start_run(job, lane=Lane.INTERACTIVE, trigger=Trigger.PERSON, created_by=by)


def _waiting_purge(connection_id: uuid.UUID) -> Job | None:
    """Return the job that does so already."""
    open_one = SyncRun.objects.open().filter(connection_id=connection_id, kind=JobKind.PURGE)
    found = open_one.select_related("job").first()
    return found.job if found else None
