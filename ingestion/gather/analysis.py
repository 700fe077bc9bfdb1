"""What follows a picture that came in, before its record counts as done: its faces are found.

Only where the organization has faces on and vouches for the source. The stage of its own does it,
on workers of its own; the run that brought the picture leaves its worker meanwhile, and is woken by
each batch of the stage.
"""

import uuid
from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models import F

from ingestion.engine.runs import at_once
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import GATHERING
from ingestion.models.run import RunState
from ingestion.stages.queueing import queue_faces
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.queue import poke

# The phase of a run that waits for it.
ANALYSIS: Final = "faces"

_SETTLE: Final = """
UPDATE ingestion_runitem i SET outcome = 'new'
 WHERE i.org_id = %(org)s AND i.run_id = %(run)s AND i.outcome = 'processing'
   AND i.asset_id IS NOT NULL AND NOT EXISTS (
     SELECT FROM media_assetmedia m
       JOIN media_stagestate s
         ON s.org_id = m.org_id AND s.blob_id = m.blob_id AND s.stage = 'faces'
      WHERE m.org_id = i.org_id AND m.asset_id = i.asset_id AND s.status = 'pending')
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
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"org": run.org_id, "run": run.pk})
        done = cursor.rowcount
    if done:
        SyncRun.objects.filter(pk=run.pk).update(
            raw_count=F("raw_count") + done,
            new_count=F("new_count") + done,
            with_picture_count=F("with_picture_count") + done,
        )
    return RunItem.objects.filter(
        run=run, outcome=ItemOutcome.PROCESSING, asset_id__isnull=False
    ).exists()


def wake() -> None:
    """Let runs go on that wait for what the stage has done by now; in the organization's scope."""
    waiting = SyncRun.objects.filter(kind__in=GATHERING, state=RunState.QUEUED, phase=ANALYSIS)
    if waiting.update(run_after=at_once()):
        poke()
