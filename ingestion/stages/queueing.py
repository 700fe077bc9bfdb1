"""Standing jobs of the stages, and waking them when units are pending."""

import uuid

from django.db.models import Min
from django.utils import timezone

from ingestion.driver import start_run
from ingestion.models import Job, SyncRun
from ingestion.models.run import Lane
from media.again import Which, requeue
from media.models import StageState
from media.models.stage import Stage, StageStatus


def start_stage_run(org_id: uuid.UUID, stage: str) -> SyncRun | None:
    """Queue a run over the pending units of ``stage``, for when the first of them is due.

    Returns the run that waits by then, or None where nothing is pending.
    """
    due_at = StageState.objects.filter(stage=stage, status=StageStatus.PENDING).aggregate(
        first=Min("due_at")
    )["first"]
    if due_at is None:
        return None
    job, _ = Job.objects.get_or_create(org_id=org_id, kind=stage, is_one_off=False, connection=None)
    return start_run(job, lane=Lane.BULK, run_after=max(due_at, timezone.now()))


def run_again(org_id: uuid.UUID, stage: Stage, which: Which) -> int:
    """Run ``stage`` again over ``which`` of its units; return how many are due."""
    count = requeue(stage, which)
    start_stage_run(org_id, stage)
    return count
