"""Stages run again over what is missing, what failed, or all."""

import dataclasses

from django.db import transaction

from ingestion.control.errors import NothingToRunError
from ingestion.control.locks import runnable
from ingestion.control.queueing import Queued, open_run, queue
from ingestion.freshness.services import recount
from ingestion.models import Job
from ingestion.models.run import RunMode, Trigger
from media.again import Which, requeue
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization, User

_MODES = {
    Which.MISSING: RunMode.MISSING,
    Which.FAILED: RunMode.FAILED,
    Which.ALL: RunMode.ALL,
}
_NOTHING = {
    Which.MISSING: "Nothing is missing, so there is nothing to run.",
    Which.FAILED: "Nothing has failed, so there is nothing to run again.",
    Which.ALL: "There are no pictures yet, so there is nothing to run. Import some first.",
}


@transaction.atomic
def run_stage(
    org: Organization,
    stage: Stage,
    which: Which,
    by: User | None,
    *,
    trigger: Trigger = Trigger.PERSON,
) -> Queued:
    """Put ``which`` of the stage's items in line once more, and queue the run that works them.

    Raises:
        JobPausedError: the stage has to be resumed first.
        NothingToRunError: there is nothing of the sort.
    """
    job, _ = Job.objects.get_or_create(org=org, kind=stage, is_one_off=False, connection=None)
    job = runnable(job)
    count = requeue(stage, which)
    pending = StageState.objects.filter(stage=stage, status=StageStatus.PENDING)
    if not count and (which is not Which.MISSING or not pending.exists()):
        raise NothingToRunError(_NOTHING[which])
    queued = open_run(job, by, trigger=trigger) or queue(
        job, by, trigger=trigger, mode=_MODES[which]
    )
    recount(org.pk, stage)
    return dataclasses.replace(queued, item_count=count)
