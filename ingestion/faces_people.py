"""Groups the faces of an organization into people: after faces were found, and every night."""

import datetime as dt
import uuid
from typing import ClassVar, Final

from django.utils import timezone

from faces.people.grouping import forget_empty, group_batch, start_over
from faces.people.pairs import propose_merges
from ingestion.driver import start_run
from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.models import Job, SyncRun
from ingestion.models.run import Lane, RunMode, Trigger
from ingestion.schedule.due import plan_next
from tenants.models import User
from tenants.scope import org_scope

PEOPLE: Final = "people"
# In the small hours (UTC), each organization at a minute of its own.
NIGHTLY: Final = "0 2 * * *"
SPREAD_S: Final = 3 * 3600
# More faces group better: those of a whole job are waited for, and decisions in a row.
WAIT: Final = dt.timedelta(seconds=30)
_GROUPING = "grouping"


class PeopleKind(Kind):
    """Places faces that nobody decided about; what people decided is never touched."""

    name: ClassVar[str] = PEOPLE
    label: ClassVar[str] = "Group faces"
    pauses_itself: ClassVar[bool] = False

    def work(self, turn: Slice) -> None:
        """Group batch by batch, each in a transaction of its own, until none is left."""
        while _work_batch(turn.held):
            if turn.is_over:
                with org_scope(turn.held.org_id):
                    yield_run(turn.held)
                return


def queue_grouping(org_id: uuid.UUID) -> SyncRun:
    """Queue a run that groups what is new, in a moment; those that come meanwhile go along."""
    return start_run(_standing_job(org_id), lane=Lane.BULK, run_after=timezone.now() + WAIT)


def queue_grouping_anew(org_id: uuid.UUID, by: User | None) -> SyncRun:
    """Queue a run that takes back what the machine said, and groups from the start."""
    return start_run(
        _standing_job(org_id),
        lane=Lane.INTERACTIVE,
        trigger=Trigger.PERSON,
        mode=RunMode.ALL,
        created_by=by,
    )


def _standing_job(org_id: uuid.UUID) -> Job:
    """Return the job that groups an organization's faces; made with its first face."""
    jobs = Job.objects.filter(org_id=org_id, kind=PEOPLE, is_one_off=False, connection=None)
    job = jobs.first()
    if job is None:
        job = Job(
            org_id=org_id,
            kind=PEOPLE,
            is_one_off=False,
            cron=NIGHTLY,
            jitter_s=SPREAD_S,
            created_at=timezone.now(),
        )
        plan_next(job)
        # Somebody else may be as quick.
        Job.objects.bulk_create([job], ignore_conflicts=True)
        job = jobs.get()
    return job


def _work_batch(held: Claim) -> bool:
    """Group one batch behind the fence; where none is left, end the run and return False."""
    with org_scope(held.org_id):
        run = fence(held)
        if run.mode == RunMode.ALL and run.phase != _GROUPING:
            start_over()
        began = run.started_at or timezone.now()
        looked_at = group_batch(began, retries_all=run.trigger != Trigger.WORK)
        if not looked_at:
            forget_empty()
            propose_merges()
            finish_run(held)
            return False
        SyncRun.objects.filter(pk=held.run_id).update(
            phase=_GROUPING,
            progress_at=timezone.now(),
            lost_streak=0,
            lease_expires_at=lease_end(),
        )
        return True
