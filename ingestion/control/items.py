"""What failed in a run, once more."""

from django.db import transaction

from ingestion.control.errors import NothingToRunError
from ingestion.control.locks import check_steered, locked, name_of, revived
from ingestion.control.queueing import Queued, queue, take_up
from ingestion.control.stages import run_stage
from ingestion.engine.kinds import kind_of
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunMode, Trigger
from media.again import Which
from media.models.stage import Stage
from tenants.errors import NotReadyError
from tenants.models import User


@transaction.atomic
def retry_failed(run: SyncRun, by: User | None, *, trigger: Trigger = Trigger.PERSON) -> Queued:
    """Queue a run over the items that failed in ``run``, and over nothing else.

    Of a stage it is all that failed so far, since its items belong to no run. Of an import the
    same files are read, and of them the records that failed. Asked twice, it queues one.

    Raises:
        NothingToRunError: nothing failed in it.
        JobPausedError: its job has to be resumed first.
        NotReadyError: it goes on still, or its files were deleted.
    """
    if run.kind in Stage.values:
        return run_stage(run.org, Stage(run.kind), Which.FAILED, by, trigger=trigger)
    check_steered(run.job)
    locked(run.job)
    run.refresh_from_db()
    count = _failed_count(run)
    job = revived(run.job)
    under_way = _under_way(job, run, by, trigger)
    queued = under_way or queue(job, by, trigger=trigger, mode=RunMode.FAILED, of_run_id=run.pk)
    return Queued(queued.run, queued.is_new, count)


def _failed_count(run: SyncRun) -> int:
    """Return how many items of an ended run failed, and can be tried again one by one."""
    if not kind_of(run.kind).can_retry_items:
        message = f"“{name_of(run.job)}” works as a whole: let it run again by “Run now”."
        raise NotReadyError(message)
    if run.is_open:
        raise NotReadyError("This run is not done yet. Wait for its end, or cancel it first.")
    if run.is_dry_run:
        raise NotReadyError("This was only a check: nothing of it was written. Start the import.")
    count = RunItem.objects.filter(run=run, outcome=ItemOutcome.FAILED).count()
    if not count and run.failed_count:
        message = "The single records of this run are no longer kept. “Run now” tries all of it."
        raise NothingToRunError(message)
    if not count:
        raise NothingToRunError("No item of this run failed, so there is nothing to try again.")
    return count


def _under_way(job: Job, run: SyncRun, by: User | None, trigger: Trigger) -> Queued | None:
    """Return the open run over the same items; any other one of the job has to end first."""
    open_one = SyncRun.objects.open().filter(job=job, is_dry_run=False).first()
    if open_one is None:
        return None
    if open_one.of_run_id != run.pk:
        message = f"“{name_of(job)}” runs already. Try what failed again once that has ended."
        raise NotReadyError(message)
    return take_up(open_one, by, trigger=trigger)
