"""What follows a picture that came in, before its record counts as done: its faces are found.

Only where the organization has faces on and vouches for the source. The stage of its own does it,
on workers of its own; the run that brought the picture leaves its worker and its line meanwhile,
and is woken by each batch of the stage. It does not wait for ever: pictures that are here are done,
and what the stage finds later is found all the same.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from ingestion.engine.events import record_event
from ingestion.engine.runs import at_once
from ingestion.gather.line import ANALYSIS, AWAITED
from ingestion.models import Job, RunEvent, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import GATHERING, JobKind, JobState
from ingestion.models.run import RunState
from ingestion.stages.queueing import BAD_ENDS, queue_faces
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.queue import poke

LONGEST_WAIT: Final = dt.timedelta(hours=1)

_SETTLE: Final = """
UPDATE ingestion_runitem i SET outcome = 'new'
 WHERE i.org_id = %(org)s AND i.run_id = %(run)s AND i.outcome = 'processing'
   AND i.asset_id IS NOT NULL AND (%(all)s OR NOT EXISTS (
     SELECT FROM media_assetmedia m
       JOIN media_stagestate s
         ON s.org_id = m.org_id AND s.blob_id = m.blob_id AND s.stage = 'faces'
      WHERE m.org_id = i.org_id AND m.asset_id = i.asset_id AND s.status = 'pending'))
"""


def queue(org_id: uuid.UUID, blob_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Put in line what may be analysed of these pictures; return which of them wait for it."""
    if blob_ids:
        queue_faces(org_id, blob_ids)
    waiting = StageState.objects.filter(
        stage=Stage.FACES, status=StageStatus.PENDING, blob__in=blob_ids
    )
    return set(waiting.values_list("blob_id", flat=True))


def settle(run: SyncRun) -> bool:
    """Count the pictures of ``run`` that were analysed as done; return whether others still wait.

    In the scope and the transaction of the fence.
    """
    trouble = _trouble()
    is_left = trouble is not None or _is_waited_for_too_long(run)
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"org": run.org_id, "run": run.pk, "all": is_left})
        done = cursor.rowcount
    if done:
        SyncRun.objects.filter(pk=run.pk).update(
            raw_count=F("raw_count") + done,
            new_count=F("new_count") + done,
            with_picture_count=F("with_picture_count") + done,
        )
    if is_left and done:
        record_event(run.org_id, run.pk, "faces_left", count=done, code=trouble or "")
    still_waits = RunItem.objects.filter(
        run=run, outcome=ItemOutcome.PROCESSING, asset_id__isnull=False
    ).exists()
    if still_waits and not _began_to_wait(run).exists():
        record_event(run.org_id, run.pk, AWAITED)
    return still_waits


def _is_waited_for_too_long(run: SyncRun) -> bool:
    """Return whether nobody does what ``run`` waits for, or not soon."""
    if Job.objects.filter(kind=JobKind.FACES, state=JobState.PAUSED).exists():
        return True
    now = timezone.now()
    is_overdue = run.deadline_at is not None and run.deadline_at < now
    return is_overdue or _began_to_wait(run).filter(at__lt=now - LONGEST_WAIT).exists()


def _trouble() -> str | None:
    """Return the code of what keeps the stage from its work, such as weights that are missing."""
    # After a bad end another run waits for its time.
    begun = SyncRun.objects.filter(kind=JobKind.FACES).exclude(state=RunState.QUEUED)
    latest = begun.newest_first().first()
    is_bad = latest is not None and latest.state in (*BAD_ENDS, RunState.RETRY_WAIT)
    return latest.error_code if latest is not None and is_bad else None


def _began_to_wait(run: SyncRun) -> QuerySet[RunEvent]:
    return RunEvent.objects.filter(run=run, name=AWAITED)


def wake() -> None:
    """Let runs go on that wait for what the stage has done by now; in the organization's scope."""
    waiting = SyncRun.objects.filter(kind__in=GATHERING, state=RunState.QUEUED, phase=ANALYSIS)
    if waiting.update(run_after=at_once()):
        poke()
