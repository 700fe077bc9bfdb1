"""Whose turn it is: of what one connection is to bring, one after the other, as it was asked for.

What waits for its turn is queued for a day that never comes, so that no worker takes it; the end
of the one before brings it forward.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ingestion.engine.runs import at_once
from ingestion.models import Job, RunEvent, SyncRun
from ingestion.models.job import GATHERING, JobKind, JobState
from ingestion.models.run import IN_LINE_UNTIL, RunState
from tenants.queue import poke

# A run that goes on within it is at work still: single pictures of it are tried again.
SHORT_WAIT: Final = timedelta(seconds=60)
# A page is at work until its faces are found; of others in line nobody waits longer for that.
FACES_PATIENCE: Final = timedelta(minutes=5)
# The phase of a run that reads its page: where that waits, nothing of it is at work.
READING: Final = "page"
# The phase of one whose pictures are here and analysed by others, and the event that begins it.
ANALYSIS: Final = "faces"
AWAITED: Final = "faces_awaited"
_IS_PAUSED: Final = Q(job__state=JobState.PAUSED)


def is_free(connection_id: uuid.UUID) -> bool:
    """Return whether what is queued now may begin; call it in the transaction that queues it."""
    _lock(connection_id)
    if _at_work(connection_id).exists():
        return False
    return not _release_first(_in_line(connection_id))


def turn_of(job: Job) -> datetime | None:
    """Return when a run comes due that is queued in this transaction; None for at once."""
    if job.kind not in GATHERING or job.connection_id is None or is_free(job.connection_id):
        return None
    return IN_LINE_UNTIL


def move_on(connection_id: uuid.UUID | None) -> None:
    """Let the first in line begin where nothing of the connection is at work."""
    if connection_id is not None:
        is_free(connection_id)


def let_next_go(run: SyncRun) -> None:
    """Let the next in line behind ``run``, which ended or waits for long, begin.

    Unless another is at work: one that was let by while ``run`` waited before.
    """
    if run.connection_id is None:
        return
    _lock(run.connection_id)
    if not _at_work(run.connection_id).exclude(pk=run.pk).exists():
        _release_first(_in_line(run.connection_id).exclude(pk=run.pk))


def _at_work(connection_id: uuid.UUID) -> QuerySet[SyncRun]:
    """Return what goes on, and lets the next go once it ends or waits.

    What waits to be tried again, for its site, or long for its faces, lets others by, and so does
    an upload that waits for faces at all: its pictures were here from the start. What is paused may
    never go on.
    """
    now = timezone.now()
    of_connection = SyncRun.objects.filter(connection_id=connection_id)
    waits_for_site = Q(phase=READING, run_after__gt=now)
    awaited = RunEvent.objects.filter(run=OuterRef("pk"), name=AWAITED)
    lets_by = ~Q(kind=JobKind.SCRAPE) | Q(Exists(awaited.filter(at__lt=now - FACES_PATIENCE)))
    waits_for_faces = Q(phase=ANALYSIS) & lets_by
    goes_on = Q(state=RunState.QUEUED, run_after__lte=now + SHORT_WAIT)
    goes_on &= ~waits_for_site & ~waits_for_faces
    return of_connection.filter(Q(state=RunState.RUNNING) | (goes_on & ~_IS_PAUSED))


def _in_line(connection_id: uuid.UUID) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(
        ~_IS_PAUSED,
        connection_id=connection_id,
        state=RunState.QUEUED,
        run_after=IN_LINE_UNTIL,
    )


def _release_first(waiting: QuerySet[SyncRun]) -> bool:
    """Let the first of ``waiting`` begin; return whether there was one.

    Whoever has locked one (to cancel or pause it) moves the line on as well, and may wait for us.
    """
    free = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
    first = free.order_by("created_at", "pk").values_list("pk", flat=True).first()
    if first is None:
        return False
    SyncRun.objects.filter(pk=first).update(run_after=at_once())
    poke()
    return True


def _lock(connection_id: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        key = f"line:{connection_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
