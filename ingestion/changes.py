"""Runs the changes of very many assets that people ask for, batch by batch."""

from typing import ClassVar

from django.utils import timezone

from ingestion.driver import start_run
from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane
from ingestion.stages.queueing import wait_after_failure
from media.models import Operation, OperationBatch
from media.operations import cancel_current, fail_current, work_next_batch
from tenants.scope import org_scope


class ChangeKind(Kind):
    """Works what waits of all operations of an organization, the oldest first."""

    name: ClassVar[str] = JobKind.CHANGE
    label: ClassVar[str] = "Change the library"
    # Each change is stopped by whoever may undo it; and paused, it could be resumed by nobody.
    can_control: ClassVar[bool] = False
    pauses_itself: ClassVar[bool] = False

    def work(self, turn: Slice) -> None:
        """Work batches, each in a transaction of its own, until none is left."""
        while _work_batch(turn.held):
            if turn.is_over:
                with org_scope(turn.held.org_id):
                    yield_run(turn.held)
                return


def start_changes(operation: Operation) -> SyncRun:
    """Queue a run that works ``operation``, in its organization's scope."""
    job, _ = Job.objects.get_or_create(
        org_id=operation.org_id, kind=JobKind.CHANGE, is_one_off=False, connection=None
    )
    return start_run(job, lane=Lane.INTERACTIVE, created_by=operation.actor)


def end_failed_change(run: SyncRun) -> None:
    """End the change at which ``run`` failed for good, and queue a run for those behind it.

    Words that follow a board are tried again, the later the more often they have failed.
    """
    failed = fail_current(code=run.error_code or "worker_lost")
    if failed is None or not OperationBatch.objects.exists():
        return
    others = OperationBatch.objects.filter(put_off_count=0)
    run_after = None if others.exists() else timezone.now() + wait_after_failure(run)
    start_run(run.job, lane=Lane.INTERACTIVE, run_after=run_after, created_by=run.created_by)


def end_cancelled_change(run: SyncRun) -> None:
    """Call off the change whose turn it was, and queue a run for those behind it."""
    cancel_current()
    if OperationBatch.objects.exists():
        start_run(run.job, lane=Lane.INTERACTIVE, created_by=run.created_by)


def _work_batch(held: Claim) -> bool:
    """Work one batch behind the fence; where none is left, end the run and return False."""
    with org_scope(held.org_id):
        fence(held)
        if not work_next_batch():
            finish_run(held)
            return False
        SyncRun.objects.filter(pk=held.run_id).update(
            progress_at=timezone.now(), lost_streak=0, lease_expires_at=lease_end()
        )
    return True
